import type { Span } from "./confirmers.ts";
import { controlOf } from "./control-bytes.ts";
import { Origins } from "./origins.ts";

/** A stretch of the original that was decoded, and where in the decoded text it stands. */
interface Part extends Span {
  readonly from: number;
  readonly to: number;
}

/** Between parts that have nothing to do with each other. No pattern reaches over it. */
const separator = [10, 0, 10];
const leastRoom = 1_024;

/** Gathers what a text holds in other letters, and knows for each character where it came from. */
export class DecodedText {
  #codes = new Uint16Array(0);
  #length = 0;
  readonly #origins = new Origins();
  /** All bits of all characters. */
  #bits = 0;
  #hasControls = false;
  #begun = 0;
  readonly #parts: Part[] = [];

  get length(): number {
    return this.#length;
  }

  /** Each stretch that was decoded as one. */
  get parts(): readonly Part[] {
    return this.#parts;
  }

  /** Whether all that was decoded is plain ASCII, where nothing can hide. */
  get isPlain(): boolean {
    return this.#bits < 128 && !this.#hasControls;
  }

  toString(): string {
    const codes = this.#codes.subarray(0, this.#length);
    if (this.#bits < 256) return Buffer.from(codes).toString("latin1");
    return Buffer.from(codes.buffer, 0, codes.byteLength).toString("utf16le");
  }

  /** Whether what follows goes on where the last part ended: then nothing stands between them. */
  begin(continues = false): void {
    if (this.#length > 0 && !continues) {
      this.#makeRoom(separator.length);
      const end = this.#origins.of(this.#length - 1).end;
      this.#origins.add(this.#length, { start: end, end }, 0);
      this.#codes.set(separator, this.#length);
      this.#length += separator.length;
    }
    this.#begun = this.#length;
  }

  /** A character that can be taken out by itself. */
  put(point: number, span: Span): void {
    if (point > 0xffff) {
      this.putWhole(String.fromCodePoint(point), span);
      return;
    }
    this.#makeRoom(1);
    this.#origins.add(this.#length, span, span.end - span.start);
    this.#codes[this.#length] = point;
    this.#length += 1;
    this.#note(point, controlOf[point & 0xff] as number);
  }

  /** A text that nobody can take a part out of. */
  putWhole(text: string, span: Span): void {
    const { length } = text;
    this.#makeRoom(length);
    this.#origins.add(this.#length, span, 0);
    let bits = 0;
    let controls = 0;
    for (let index = 0; index < length; index += 1) {
      const code = text.charCodeAt(index);
      this.#codes[index + this.#length] = code;
      bits |= code;
      controls |= controlOf[code & 0xff] as number;
    }
    this.#length += length;
    this.#note(bits, controls);
  }

  /** The same of bytes that are ASCII. */
  putBytes(bytes: Uint8Array, stretch: Span, span: Span): void {
    this.#origins.add(this.#length, span, 0);
    this.#putUnits(bytes, stretch);
  }

  /** A stretch of the original, as it stands there. */
  putPlain(original: Uint16Array, { start, end }: Span): void {
    if (start >= end) return;
    this.#origins.add(this.#length, { start, end: start + 1 }, 1);
    this.#putUnits(original, { start, end });
  }

  end({ start, end }: Span): void {
    this.#parts.push({ start, end, from: this.#begun, to: this.#length });
  }

  /** Where in the original a stretch of the decoded text stands. */
  spanOf({ start, end }: Span): Span {
    const last = this.#origins.of(Math.max(start, end - 1));
    return { start: this.#origins.of(start).start, end: last.end };
  }

  #note(bits: number, controls: number): void {
    this.#bits |= bits;
    if (controls !== 0) this.#hasControls = true;
  }

  #putUnits(units: Uint8Array | Uint16Array, { start, end }: Span): void {
    this.#makeRoom(end - start);
    const codes = this.#codes;
    const shift = this.#length - start;
    let bits = 0;
    let controls = 0;
    for (let index = start; index < end; index += 1) {
      const code = units[index] as number;
      codes[index + shift] = code;
      bits |= code;
      controls |= controlOf[code & 0xff] as number;
    }
    this.#length = end + shift;
    this.#note(bits, controls);
  }

  #makeRoom(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#codes.length) return;
    const codes = this.#codes;
    this.#codes = new Uint16Array(Math.max(leastRoom, needed * 2));
    this.#codes.set(codes);
  }
}
