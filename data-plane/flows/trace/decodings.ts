import { gunzipSync, inflateSync } from "node:zlib";

export type Encoding =
  | "base64"
  | "base32"
  | "hex"
  | "percent"
  | "escapes"
  | "character-codes"
  | "binary";

/** What a part of a text says once it is decoded. */
export interface Decoded {
  readonly text: string;
  readonly through: Encoding;
}

const longestRun = 8_192;
const longestDecoded = 16_384;
const maxDecoded = 16;
const leastText = 6;

const base64Run = /[A-Za-z0-9+/_-]{16,8192}/g;
const base32Run = /\b[A-Z2-7]{16,8192}(?![A-Za-z0-9])/g;
const hexRun = /(?:(?:0x|\\x|%)?[0-9A-Fa-f]{2}[\s:,;.-]{0,2}){8,4096}/g;
const codesRun = /(?:(?<!\d)\d{2,3}[\s,;.-]{1,3}){7,2048}\d{2,3}(?!\d)/g;
const bitsRun = /(?:[01]{8}[\s,;.-]{0,2}){6,1024}/g;
const escaped =
  /\\u\{?([0-9A-Fa-f]{2,6})\}?|\\x([0-9A-Fa-f]{2})|&#x([0-9A-Fa-f]{1,6});?|&#(\d{1,7});?/g;
/** What is put between the characters of a run to break it. */
const filler = /[\s.,:;|*'"\u00ad\u200b-\u200f\u2060\ufeff]+/g;

/** What parts of a text say that are written in an encoding, as far as it is text: at most sixteen, of eight kilobytes each. */
export function decodingsOf(text: string): readonly Decoded[] {
  const found: Decoded[] = [];
  if (/[%&\\]/.test(text)) addReplaced(found, text);
  if (/[A-Za-z0-9+/_-]{16}/.test(text)) {
    addRuns(found, text, base64Run, "base64");
    if (/[A-Z2-7]{16}/.test(text)) addRuns(found, text, base32Run, "base32");
  }
  const { capitals, digits } = countsOf(text);
  if (digits > 7 || /[a-fA-F][0-9a-fA-F]{15}/.test(text)) {
    addRuns(found, text, hexRun, "hex");
    addRuns(found, text, codesRun, "character-codes");
    addRuns(found, text, bitsRun, "binary");
  }
  // Packed text is full of capitals and digits.
  if ((capitals + digits) * 8 > text.length) addUnbroken(found, text);
  return found;
}

function countsOf(text: string) {
  let capitals = 0;
  let digits = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= 48 && code <= 57) digits += 1;
    else if (code >= 65 && code <= 90) capitals += 1;
  }
  return { capitals, digits };
}

function addRuns(found: Decoded[], text: string, run: RegExp, through: Encoding): void {
  for (const [match] of text.matchAll(run)) {
    if (found.length >= maxDecoded) return;
    const decoded = decoders[through](match);
    if (decoded !== undefined) found.push({ text: decoded, through });
  }
}

/** A whole text in one encoding, wrapped or with something between its characters. */
function addUnbroken(found: Decoded[], text: string): void {
  if (text.length < 12 || text.length > 2 * longestRun) return;
  const joined = text.replaceAll(filler, "");
  if (joined.length === text.length || !/^[A-Za-z0-9+/_-]{12,8192}={0,2}$/.test(joined)) return;
  addRuns(found, joined, base64Run, "base64");
  addRuns(found, joined, base32Run, "base32");
  addRuns(found, joined, hexRun, "hex");
}

const decoders: Readonly<Record<Encoding, (run: string) => string | undefined>> = {
  base64: decodeBase64,
  base32: (run) => textOf(bytesOfBase32(run)),
  hex: (run) => textOf(Buffer.from(run.replaceAll(/0x|\\x|[^0-9A-Fa-f]/g, ""), "hex")),
  "character-codes": (run) => textOfCodes(run.match(/\d+/g) ?? [], 10),
  binary: (run) => textOfCodes(run.match(/[01]{8}/g) ?? [], 2),
  percent: () => undefined,
  escapes: () => undefined,
};

/** A run that was cut anywhere begins at one of four places of a group. */
function decodeBase64(run: string): string | undefined {
  const cuts = run.length < 24 ? 1 : 4;
  for (let cut = 0; cut < cuts; cut += 1) {
    const decoded = textOf(Buffer.from(run.slice(cut, longestRun), "base64"));
    if (decoded !== undefined) return decoded;
  }
  return undefined;
}

const base32Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function bytesOfBase32(run: string): Buffer {
  const bytes = Buffer.alloc(Math.floor((run.length * 5) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const letter of run) {
    held = ((held << 5) | base32Letters.indexOf(letter)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at] = (held >>> bits) & 0xff;
    at += 1;
  }
  return bytes;
}

function textOfCodes(codes: readonly string[], radix: number): string | undefined {
  return textOf(Buffer.from(codes.map((code) => Math.min(255, Number.parseInt(code, radix)))));
}

/** Undefined: it is no text, so the run was none of this encoding. */
function textOf(packed: Buffer): string | undefined {
  const bytes = unpacked(packed).subarray(0, longestDecoded);
  if (bytes.length < leastText) return undefined;
  let strange = 0;
  for (const byte of bytes) {
    if (byte < 9 || (byte > 13 && byte < 32) || byte === 127) strange += 1;
  }
  if (strange * 20 > bytes.length) return undefined;
  const text = bytes.toString("utf8");
  // The last character may be cut.
  const broken = text.split("\ufffd").length - 1;
  return broken > 1 && broken * 20 > text.length ? undefined : text;
}

function unpacked(bytes: Buffer): Buffer {
  const options = { maxOutputLength: longestDecoded, finishFlush: 2 };
  try {
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) return gunzipSync(bytes, options);
    if (bytes[0] === 0x78 && bytes.length > 2 && bytes.readUInt16BE(0) % 31 === 0) {
      return inflateSync(bytes, options);
    }
  } catch {
    // A bomb, or only looks packed.
  }
  return bytes;
}

function addReplaced(found: Decoded[], text: string): void {
  const head = text.slice(0, 8 * longestRun);
  if (/%[0-9A-Fa-f]{2}/.test(head)) {
    const bytes = Buffer.from(head).toString("latin1");
    const plain = bytes.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    found.push({ text: Buffer.from(plain, "latin1").toString("utf8"), through: "percent" });
  }
  const plain = head.replaceAll(escaped, (whole, ...codes: (string | undefined)[]) =>
    characterOf(codes, whole),
  );
  if (plain !== head) found.push({ text: plain, through: "escapes" });
}

function characterOf([wide, byte, hex, decimal]: (string | undefined)[], whole: string): string {
  const code =
    decimal === undefined ? Number.parseInt(wide ?? byte ?? hex ?? "", 16) : Number(decimal);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
}
