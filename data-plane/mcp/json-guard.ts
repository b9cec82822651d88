import { holdsHalfPair } from "./half-pairs.ts";

/** Bounds on the shape of JSON before it is parsed: parsing accepts what later steps cannot walk. */
export interface JsonBounds {
  readonly maxDepth: number;
  readonly maxKeys: number;
}

const quote = 0x22;
const backslash = 0x5c;
/** The message, and its params. */
const envelopeDepth = 2;

interface Level {
  /** Keys seen so far; undefined in an array. */
  readonly keys: Set<string> | undefined;
  expectsKey: boolean;
}

/**
 * Reads JSON once without building it. Returns what makes it unacceptable, or undefined.
 *
 * An object that has a key twice is refused, in the envelope and its params also one that differs only in case: parsers disagree about which one counts, so the policy could
 * judge one value and the upstream, which gets the original bytes, act on the other (RFC 8259 §4).
 * Malformed JSON may pass: JSON.parse, which always follows, is the judge of that.
 */
export function findJsonDefect(text: string, bounds: JsonBounds): string | undefined {
  const walk = new Walk(bounds);
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      const end = endOfString(text, at);
      if (walk.expectsKey) walk.takeKey(text.slice(at + 1, end));
      at = end;
    } else walk.take(code);
    if (walk.defect) return walk.defect;
  }
  return undefined;
}

/**
 * Finds a number that becomes another one when it is read as IEEE 754, as the policy reads it:
 * a whole number beyond 2^53, or one that overflows. An upstream that reads it exactly would act on what nobody judged.
 */
export function findInexactNumber(text: string): string | undefined {
  const literal = /-?\d[\d.eE+-]*/y;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (code === 0x2d || (code >= 0x30 && code <= 0x39)) {
      literal.lastIndex = at;
      const found = literal.exec(text)?.[0] ?? "";
      if (!isExact(found)) return found.slice(0, 40);
      at += Math.max(found.length - 1, 0);
    }
  }
  return undefined;
}

function isExact(literal: string): boolean {
  const value = Number(literal);
  if (!Number.isFinite(value)) return false;
  if (literal.length < 16 || !/^-?\d+$/.test(literal)) return true;
  return BigInt(literal) === BigInt(value);
}

/** The source texts of the elements of a JSON array that was parsed before: they stay as they came. */
export function splitArray(text: string): string[] {
  const ends = endsOfElements(text);
  let from = text.indexOf("[") + 1;
  return ends.map((end) => {
    const element = text.slice(from, end).trim();
    from = end + 1;
    return element;
  });
}

/** Where the commas of the outermost array stand, and its end. */
function endsOfElements(text: string): number[] {
  const ends: number[] = [];
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (depth === 1 && (code === 0x2c || code === 0x5d)) ends.push(at);
    depth += depthChange(code);
  }
  return ends;
}

function depthChange(code: number): number {
  if (code === 0x7b || code === 0x5b) return 1;
  return code === 0x7d || code === 0x5d ? -1 : 0;
}

/** Where in the structure the reader stands. */
class Walk {
  defect: string | undefined;
  readonly #bounds: JsonBounds;
  readonly #levels: Level[] = [];
  #level: Level | undefined;
  #keyCount = 0;

  constructor(bounds: JsonBounds) {
    this.#bounds = bounds;
  }

  get expectsKey(): boolean {
    return this.#level?.expectsKey === true;
  }

  takeKey(raw: string): void {
    const level = this.#level;
    if (!level?.keys) return;
    this.#keyCount += 1;
    if (this.#keyCount > this.#bounds.maxKeys) {
      this.defect = `holds more than ${this.#bounds.maxKeys} keys`;
    } else if (!addKey(level.keys, raw, this.#levels.length <= envelopeDepth)) {
      this.defect = "holds the same key twice in one object";
    }
    level.expectsKey = false;
  }

  /** Takes a character outside of strings. */
  take(code: number): void {
    if (code === 0x7b) this.#open({ keys: new Set(), expectsKey: true });
    else if (code === 0x5b) this.#open({ keys: undefined, expectsKey: false });
    else if (code === 0x7d || code === 0x5d) {
      this.#levels.pop();
      this.#level = this.#levels.at(-1);
    } else if (code === 0x2c && this.#level?.keys) this.#level.expectsKey = true;
  }

  #open(level: Level): void {
    if (this.#levels.length === this.#bounds.maxDepth) {
      this.defect = `is nested more than ${this.#bounds.maxDepth} deep`;
      return;
    }
    this.#levels.push(level);
    this.#level = level;
  }
}

/** Index of the closing quote, or the end of the text. Most of a long message is strings: the engine goes through them faster than a loop. */
function endOfString(text: string, start: number): number {
  let at = text.indexOf('"', start + 1);
  while (at >= 0 && isEscaped(text, start, at)) at = text.indexOf('"', at + 1);
  return at < 0 ? text.length : at;
}

/** Each backslash is read once: a run of them ends at one quote. */
function isEscaped(text: string, start: number, at: number): boolean {
  let first = at;
  while (first > start + 1 && text.charCodeAt(first - 1) === backslash) first -= 1;
  return (at - first) % 2 === 1;
}

/**
 * False when the key is there already. Escapes are resolved: "\u0061" and "a" are one key.
 * Where JSON-RPC and MCP have their own keys, so are "name" and "Name": some parsers do not tell them apart.
 */
function addKey(keys: Set<string>, raw: string, ignoresCase: boolean): boolean {
  const exact = raw.includes("\\") ? resolveEscapes(raw) : raw;
  const key = ignoresCase ? exact.toLowerCase() : exact;
  if (keys.has(key)) return false;
  keys.add(key);
  return true;
}

function resolveEscapes(raw: string): string {
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return raw;
  }
}

/** Only keys that come twice are looked for: upstreams may nest and list as they like. */
const answerBounds = { maxDepth: Number.POSITIVE_INFINITY, maxKeys: Number.POSITIVE_INFINITY };

/** Whether every parser reads the same: with a key twice, or half a character, what was inspected is not what another parser finds. */
export function isReadAlike(text: string): boolean {
  return findJsonDefect(text, answerBounds) === undefined && !holdsHalfPair(text);
}
