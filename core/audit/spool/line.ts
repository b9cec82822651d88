import { crc32 } from "node:zlib";

/** What a stretch of a segment holds. */
export interface ReadLines {
  readonly texts: readonly string[];
  /** How many of its bytes were read: what follows is half a line. */
  readonly bytes: number;
  /** Lines whose checksum is wrong: torn by a crash, or damaged. */
  readonly damaged: number;
}

const checksumLength = 8;
const newline = 0x0a;

/** A line of a segment: checksum (CRC-32, 8 hexadecimal digits), space, text, newline. The text holds no newline. */
export function toLine(text: string): Buffer {
  const checksum = crc32(text).toString(16).padStart(checksumLength, "0");
  return Buffer.from(`${checksum} ${text}\n`);
}

/** Reads the whole lines that a stretch begins with. */
export function readLines(stretch: Buffer): ReadLines {
  const texts: string[] = [];
  let damaged = 0;
  let start = 0;
  for (let end = stretch.indexOf(newline); end >= 0; end = stretch.indexOf(newline, start)) {
    const text = textOf(stretch.subarray(start, end));
    if (text === undefined) damaged += 1;
    else texts.push(text);
    start = end + 1;
  }
  return { texts, bytes: start, damaged };
}

function textOf(line: Buffer): string | undefined {
  const body = line.subarray(checksumLength + 1);
  const checksum = crc32(body).toString(16).padStart(checksumLength, "0");
  return line.subarray(0, checksumLength).toString("latin1") === checksum
    ? body.toString("utf8")
    : undefined;
}
