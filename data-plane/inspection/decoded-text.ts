import type { Span } from "./confirmers.ts";

/** A stretch of the original that was decoded, and where in the decoded text it stands. */
interface Part extends Span {
  readonly from: number;
  readonly to: number;
}

/** Between parts that have nothing to do with each other. No pattern reaches over it. */
const separator = [10, 0, 10];

/** Gathers what a text holds in other letters, and knows for each character where it came from. */
export class DecodedText {
  #codes = new Uint16Array(0);
  /** For each character where what it was decoded from begins and ends. */
  #starts = new Uint32Array(0);
  #ends = new Uint32Array(0);
  #length = 0;
  #widest = 0;
  #begun = 0;
  readonly #parts: Part[] = [];

  get length(): number {
    return this.#length;
  }

  /** Each stretch that was decoded as one. */
  get parts(): readonly Part[] {
    return this.#parts;
  }

  toString(): string {
    const codes = this.#codes.subarray(0, this.#length);
    if (this.#widest < 256) return Buffer.from(codes).toString("latin1");
    return Buffer.from(codes.buffer, 0, codes.byteLength).toString("utf16le");
  }

  /** Whether what follows goes on where the last part ended: then nothing stands between them. */
  begin(continues = false): void {
    if (this.#length > 0 && !continues) {
      const end = this.#ends[this.#length - 1] as number;
      for (const code of separator) this.put(code, end, end);
    }
    this.#begun = this.#length;
  }

  put(code: number, start: number, end: number): void {
    this.#makeRoom(1);
    this.#codes[this.#length] = code;
    this.#starts[this.#length] = start;
    this.#ends[this.#length] = end;
    this.#length += 1;
    this.#widest |= code;
  }

  /** A text that nobody can take a part out of. */
  putWhole(text: string, { start, end }: Span): void {
    const from = this.#putCodes(text, 0, text.length);
    this.#starts.fill(start, from, this.#length);
    this.#ends.fill(end, from, this.#length);
  }

  /** A stretch of the original, as it stands there. */
  putPlain(text: string, { start, end }: Span): void {
    const shift = start - this.#putCodes(text, start, end);
    for (let index = start - shift; index < this.#length; index += 1) {
      this.#starts[index] = index + shift;
      this.#ends[index] = index + shift + 1;
    }
  }

  end({ start, end }: Span): void {
    this.#parts.push({ start, end, from: this.#begun, to: this.#length });
  }

  /** Where in the original a stretch of the decoded text stands. */
  spanOf({ start, end }: Span): Span {
    return { start: this.#starts[start] ?? 0, end: this.#ends[Math.max(start, end - 1)] ?? 0 };
  }

  /** Returns where they begin. */
  #putCodes(text: string, start: number, end: number): number {
    const from = this.#length;
    this.#makeRoom(end - start);
    let widest = 0;
    for (let index = start; index < end; index += 1) {
      const code = text.charCodeAt(index);
      this.#codes[from + index - start] = code;
      widest |= code;
    }
    this.#widest |= widest;
    this.#length = from + end - start;
    return from;
  }

  #makeRoom(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#codes.length) return;
    const size = Math.max(256, needed * 2);
    const [codes, starts, ends] = [this.#codes, this.#starts, this.#ends];
    this.#codes = new Uint16Array(size);
    this.#starts = new Uint32Array(size);
    this.#ends = new Uint32Array(size);
    this.#codes.set(codes);
    this.#starts.set(starts);
    this.#ends.set(ends);
  }
}
