import { gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
import type { Span } from "./confirmers.ts";
import type { ScanBudget } from "./scan-budget.ts";

/** A part of a text that stands for another text. */
export interface EncodedRun extends Span {
  readonly decoded: string;
}

const longestRun = 8_192;
const longestDecoded = 16_384;
const maxRuns = 16;
const leastRun = 24;

const percentRun = /(?:[\w.~:/+&=-]{0,64}%[0-9A-Fa-f]{2}){3,512}[\w.~-]{0,64}/g;
const escapeRun = /(?:[\w ]{0,8}\\(?:u\{?[0-9A-Fa-f]{2,6}\}?|x[0-9A-Fa-f]{2})){4,512}/g;
const entityRun = /(?:[\w ]{0,8}&#(?:x[0-9A-Fa-f]{2,5}|\d{1,6});?){4,512}/g;
const isHex = /^(?:[0-9a-fA-F]{2})+$/;
const isBase64 = /^[A-Za-z0-9+/_-]+$/;

/**
 * Finds what is written in base64, hexadecimal, percent, backslash or entity escapes, and holds text when it is decoded.
 * Sixteen runs of eight kilobytes are read; gzip and deflate within base64, too.
 */
export function findEncodedRuns(text: string, budget: ScanBudget): readonly EncodedRun[] {
  const runs: EncodedRun[] = [];
  for (const span of longRuns(text)) {
    if (runs.length >= maxRuns) return runs;
    budget.spendWindow();
    const decoded = decodeRun(text.slice(span.start, Math.min(span.end, span.start + longestRun)));
    if (decoded !== undefined) runs.push({ ...span, end: endOfPadding(text, span.end), decoded });
  }
  if (text.includes("%")) addMatches(runs, text, percentRun, decodePercent);
  if (text.includes("\\")) addMatches(runs, text, escapeRun, decodeEscapes);
  if (text.includes("&#")) addMatches(runs, text, entityRun, decodeEntities);
  return runs;
}

function addMatches(
  runs: EncodedRun[],
  text: string,
  pattern: RegExp,
  decode: (run: string) => string,
): void {
  const window = text.length > 65_536 ? text.slice(0, 65_536) : text;
  for (const match of window.matchAll(pattern)) {
    if (runs.length >= maxRuns) return;
    const decoded = decode(match[0]);
    if (decoded === match[0]) continue;
    runs.push({ start: match.index, end: match.index + match[0].length, decoded });
  }
}

function endOfPadding(text: string, end: number): number {
  if (text.startsWith("==", end)) return end + 2;
  return text[end] === "=" ? end + 1 : end;
}

/** Looks backward from where a run would have to reach: words are short, so most of a text is never looked at. */
function* longRuns(text: string): Generator<Span> {
  let start = 0;
  while (start + leastRun <= text.length) {
    let last = start + leastRun - 1;
    while (last >= start && inAlphabet[text.charCodeAt(last)] === 1) last -= 1;
    if (last >= start) {
      start = last + 1;
      continue;
    }
    let end = start + leastRun;
    while (end < text.length && inAlphabet[text.charCodeAt(end)] === 1) end += 1;
    yield { start, end };
    start = end + 1;
  }
}

const inAlphabet = new Uint8Array(65_536);
for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-") {
  inAlphabet[letter.charCodeAt(0)] = 1;
}

function decodeRun(run: string): string | undefined {
  if (isHex.test(run)) return textOf(Buffer.from(run, "hex"));
  if (!isBase64.test(run)) return undefined;
  return textOf(Buffer.from(run, "base64"));
}

/** Undefined: it is no text, so the run is a key, a digest or a picture. */
function textOf(bytes: Buffer): string | undefined {
  const plain = unpacked(bytes).subarray(0, longestDecoded);
  let strange = 0;
  for (const byte of plain) if (byte < 9 || (byte > 13 && byte < 32) || byte === 127) strange += 1;
  if (plain.length < 12 || strange * 20 > plain.length) return undefined;
  const text = plain.toString("utf8");
  const broken = text.split("\ufffd").length - 1;
  return broken * 20 > text.length ? undefined : text;
}

function unpacked(bytes: Buffer): Buffer {
  const options = { maxOutputLength: longestDecoded, finishFlush: 2 };
  try {
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) return gunzipSync(bytes, options);
    if (bytes[0] === 0x78 && bytes.readUInt16BE(0) % 31 === 0) return inflateSync(bytes, options);
  } catch {
    return tooLarge(bytes);
  }
  return bytes;
}

/** Bombs end here, and what only looks packed. */
function tooLarge(bytes: Buffer): Buffer {
  try {
    return inflateRawSync(bytes.subarray(10), { maxOutputLength: longestDecoded, finishFlush: 2 });
  } catch {
    return bytes;
  }
}

/** Percent escapes as UTF-8; what is no escape stays. */
export function decodePercent(run: string): string {
  const bytes = run.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** `\\u0041`, `\\u{41}` and `\\x41`; what is none stays. */
export function decodeEscapes(run: string): string {
  return run.replaceAll(
    /\\(?:u\{?([0-9A-Fa-f]{2,6})\}?|x([0-9A-Fa-f]{2}))/g,
    (whole, wide?: string, byte?: string) =>
      characterOf(Number.parseInt(wide ?? byte ?? "", 16), whole),
  );
}

/** `&#65;` and `&#x41;`; what is none stays. */
export function decodeEntities(run: string): string {
  return run.replaceAll(
    /&#(?:x([0-9A-Fa-f]{2,5})|(\d{1,6}));?/g,
    (whole, hex?: string, decimal?: string) =>
      characterOf(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16), whole),
  );
}

function characterOf(code: number, otherwise: string): string {
  return code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : otherwise;
}
