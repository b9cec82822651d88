import { countBackslashes, endOfString } from "./string-end.ts";

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const letterT = 0x74;

/** Longer ids and keys than any request has are a problem rather than kept. */
const maxIdBytes = 1024 * 1024;
const maxKeyBytes = 1_024;
/** The envelope is at 1; the keys of its result at 2. */
const resultDepth = 2;

/**
 * Looks at the envelope of a JSON-RPC message while it comes, in pieces that may end anywhere, and builds nothing:
 * it knows the keys of the outermost object, the id, and whether the result says `isError`. Malformed JSON may pass
 * unnoticed in the result; the reader is the judge of that.
 */
export class EnvelopeScan {
  /** What makes it no answer that can be passed on; undefined so far. */
  problem: string | undefined;
  /** Whether the result says of itself that it is an error (MCP, tools). */
  isToolError = false;
  readonly #keys = new Set<string>();
  #key = "";
  #depth = 0;
  /** Whether a key comes next; only looked at where keys matter. */
  #expectsKey = false;
  #resultIsObject = false;
  #innerKey = "";
  #isInString = false;
  #isEscaped = false;
  /** What is kept of the string, the key or the id that is being read. */
  #kept: Buffer[] | undefined;
  #keptBytes = 0;
  #keepsKey = false;
  #id: unknown;
  #isComplete = false;

  /** Whether the outermost object has ended. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Whether the result is what comes now. */
  get isInResult(): boolean {
    return this.#depth >= 1 && this.#key === "result" && !this.#isComplete;
  }

  /** The id; undefined while it is not known. */
  get id(): unknown {
    return this.#id;
  }

  /** Takes the next bytes. Returns the index of the brace that ends the message when it is among them, else their length. */
  push(bytes: Buffer): number {
    let end = bytes.length;
    for (let at = 0; at < bytes.length && this.problem === undefined; at += 1) {
      if (this.#isInString) at = this.#takeString(bytes, at);
      else if (this.#depth > resultDepth) at = this.#skipDeep(bytes, at);
      else {
        this.#take(bytes, at);
        if (this.#isComplete && end === bytes.length && bytes[at] === 0x7d) end = at;
      }
    }
    return end;
  }

  /** Returns the index of the last byte that belongs to the string. */
  #takeString(bytes: Buffer, from: number): number {
    let start = from;
    if (this.#isEscaped) {
      this.#isEscaped = false;
      start = from + 1;
    }
    const end = endOfString(bytes, start);
    if (this.#kept) this.#keep(bytes.subarray(from, end < 0 ? bytes.length : end + 1));
    if (end < 0) {
      this.#isEscaped = countBackslashes(bytes, bytes.length, start) % 2 === 1;
      return bytes.length - 1;
    }
    this.#isInString = false;
    if (this.#keepsKey) this.#endKey();
    return end;
  }

  #take(bytes: Buffer, at: number): void {
    const byte = bytes[at] as number;
    if (isSpace(byte)) return;
    if (this.#isComplete || this.#depth === 0) this.#takeOutside(byte);
    else this.#takeInside(byte, bytes.subarray(at, at + 1));
  }

  /** Deep inside, only what opens and closes matters, and nothing is kept. Returns the index of the last byte it took. */
  #skipDeep(bytes: Buffer, from: number): number {
    let depth = this.#depth;
    let at = from;
    for (; at < bytes.length && depth > resultDepth; at += 1) {
      const step = steps[bytes[at] as number] as number;
      if (step === 0) continue;
      if (step !== stringStep) {
        depth += step;
        continue;
      }
      const start = at + 1;
      const end = endOfString(bytes, start);
      this.#isInString = end < 0;
      if (end < 0) this.#isEscaped = countBackslashes(bytes, bytes.length, start) % 2 === 1;
      at = end < 0 ? bytes.length : end;
    }
    this.#depth = depth;
    return Math.min(at, bytes.length) - 1;
  }

  #takeOutside(byte: number): void {
    if (this.#isComplete) this.problem = "is followed by something else";
    else if (byte === 0x7b) this.#open(byte);
    else this.problem = "is not an object";
  }

  #takeInside(byte: number, asBytes: Buffer): void {
    if (isClosing(byte)) this.#close();
    else if (byte === comma) this.#takeComma();
    else if (byte === colon && this.#depth === 1) return;
    else {
      if (byte === quote) this.#openString();
      else if (isOpening(byte)) this.#open(byte);
      else this.#takeLiteral(byte);
      this.#keep(asBytes);
    }
  }

  #takeLiteral(byte: number): void {
    const isTrue = byte === letterT && this.#depth === resultDepth;
    if (isTrue && this.#innerKey === "isError") this.isToolError = true;
  }

  #open(byte: number): void {
    this.#depth += 1;
    const isObject = byte === 0x7b;
    if (this.#depth === 1) this.#expectsKey = true;
    else if (this.#depth === resultDepth && this.#key === "result") {
      this.#resultIsObject = isObject;
      this.#expectsKey = isObject;
    }
  }

  #close(): void {
    if (this.#depth === 1) {
      this.#endId();
      this.#isComplete = true;
    }
    this.#depth -= 1;
    this.#innerKey = "";
    this.#expectsKey = false;
  }

  #takeComma(): void {
    if (this.#depth === 1) {
      this.#endId();
      this.#expectsKey = true;
    } else if (this.#depth === resultDepth) {
      this.#innerKey = "";
      this.#expectsKey = this.#key === "result" && this.#resultIsObject;
    }
  }

  #openString(): void {
    this.#isInString = true;
    if (!this.#expectsKey || this.#depth > resultDepth) return;
    this.#keepsKey = true;
    this.#kept = [];
    this.#keptBytes = 0;
  }

  #endKey(): void {
    const key = readString(this.#kept ?? []);
    this.#kept = undefined;
    this.#keepsKey = false;
    this.#expectsKey = false;
    if (this.#depth === resultDepth) this.#innerKey = key;
    else this.#takeKey(key);
  }

  #takeKey(key: string): void {
    // Some parsers do not tell them apart: each could take another one for the id.
    const folded = key.toLowerCase();
    if (this.#keys.has(folded)) this.problem = "has the same key twice";
    this.#keys.add(folded);
    if (folded === "method") this.problem = "is a request";
    if (this.#keys.has("result") && this.#keys.has("error")) this.problem = "is two answers in one";
    this.#key = key;
    if (key !== "id") return;
    this.#kept = [];
    this.#keptBytes = 0;
  }

  #endId(): void {
    if (this.#key === "id" && this.#kept) {
      try {
        this.#id = JSON.parse(Buffer.concat(this.#kept).toString("utf8"));
      } catch {
        this.problem = "has an id that is not JSON";
      }
    }
    this.#kept = undefined;
    this.#key = "";
  }

  #keep(bytes: Buffer): void {
    if (!this.#kept) return;
    this.#keptBytes += bytes.length;
    if (this.#keptBytes > (this.#keepsKey ? maxKeyBytes : maxIdBytes)) {
      this.problem = this.#keepsKey ? "has a key that is too long" : "has an id that is too long";
    } else this.#kept.push(Buffer.from(bytes));
  }
}

/** How much deeper each byte leads outside of strings. */
const steps = new Int8Array(256);
const stringStep = 2;
for (const byte of Buffer.from("{[")) steps[byte] = 1;
for (const byte of Buffer.from("}]")) steps[byte] = -1;
steps[quote] = stringStep;

function isOpening(byte: number): boolean {
  return byte === 0x7b || byte === 0x5b;
}

function isClosing(byte: number): boolean {
  return byte === 0x7d || byte === 0x5d;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function readString(pieces: readonly Buffer[]): string {
  const text = Buffer.concat(pieces).toString("utf8");
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}
