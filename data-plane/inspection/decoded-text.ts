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
const leastRoom = 65_536;
/** Bytes. What is larger is not kept. */
const mostKept = 2 * 1_048_576;
/** Shorter stretches are copied quicker one by one. */
const longStretch = 64;

const noRoom = Buffer.alloc(0);

/** Room of a text that is done, for the next one: memory that is new is dear. */
let spare: Buffer | undefined;

/** Gathers what a text holds in other letters, and knows for each character where it came from. */
export class DecodedText {
  #room: Buffer = noRoom;
  /** All of the room: bytes, until the first character comes that is none. */
  #units: Uint8Array | Uint16Array = noRoom;
  #length = 0;
  /** Once it was asked for. */
  #text: string | undefined;
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

  /** All of it: nothing can be added any more. */
  toString(): string {
    this.#text ??= this.#close();
    return this.#text;
  }

  #close(): string {
    const written = this.#room.subarray(0, this.#length * this.#units.BYTES_PER_ELEMENT);
    const text = written.toString(this.#isWide ? "utf16le" : "latin1");
    if (this.#room.length <= mostKept) spare = this.#room;
    this.#room = noRoom;
    this.#units = noRoom;
    return text;
  }

  get #isWide(): boolean {
    return this.#bits > 0xff;
  }

  /** Whether what follows goes on where the last part ended: then nothing stands between them. */
  begin(continues = false): void {
    if (this.#length > 0 && !continues) {
      this.#makeRoom(separator.length);
      const end = this.#origins.of(this.#length - 1).end;
      this.#origins.add(this.#length, { start: end, end }, 0);
      this.#units.set(separator, this.#length);
      this.#length += separator.length;
    }
    this.#begun = this.#length;
  }

  /** A character that can be taken out by itself, and where it stood. */
  put(point: number, start: number, end: number): void {
    if (point > 0xffff) {
      this.putWhole(String.fromCodePoint(point), { start, end });
      return;
    }
    this.#note(point, controlOf[point & 0xff] as number);
    this.#makeRoom(1);
    this.#origins.addOne(this.#length, start, end);
    this.#units[this.#length] = point;
    this.#length += 1;
  }

  /** A text that nobody can take a part out of. */
  putWhole(text: string, span: Span): void {
    const { length } = text;
    let bits = 0;
    let controls = 0;
    for (let index = 0; index < length; index += 1) {
      const code = text.charCodeAt(index);
      bits |= code;
      controls |= controlOf[code & 0xff] as number;
    }
    this.#note(bits, controls);
    this.#makeRoom(length);
    this.#origins.add(this.#length, span, 0);
    if (this.#isWide) this.#room.write(text, this.#length * 2, "utf16le");
    else this.#room.write(text, this.#length, "latin1");
    this.#length += length;
  }

  /** The same of bytes that are ASCII. */
  putBytes(bytes: Uint8Array, stretch: Span, span: Span): void {
    this.#origins.add(this.#length, span, 0);
    let controls = 0;
    for (let index = stretch.start; index < stretch.end; index += 1) {
      controls |= controlOf[bytes[index] as number] as number;
    }
    this.#note(0, controls);
    this.#copy(bytes, stretch);
  }

  /** A stretch of the original, as it stands there. */
  putPlain(original: Uint16Array, { start, end }: Span): void {
    if (start >= end) return;
    this.#makeRoom(end - start);
    this.#origins.addOne(this.#length, start, start + 1);
    const units = this.#units;
    const shift = this.#length - start;
    let bits = 0;
    let controls = 0;
    for (let index = start; index < end; index += 1) {
      const code = original[index] as number;
      bits |= code;
      controls |= controlOf[code & 0xff] as number;
      units[index + shift] = code;
    }
    this.#note(bits, controls);
    // What is no byte was cut off: it has come to other room.
    if (this.#units !== units) {
      this.#makeRoom(end - start);
      this.#units.set(original.subarray(start, end), this.#length);
    }
    this.#length = end + shift;
  }

  end({ start, end }: Span): void {
    this.#parts.push({ start, end, from: this.#begun, to: this.#length });
  }

  /** Where in the original a stretch of the decoded text stands. */
  spanOf({ start, end }: Span): Span {
    const last = this.#origins.of(Math.max(start, end - 1));
    return { start: this.#origins.of(start).start, end: last.end };
  }

  /** Of what is put next. */
  #note(bits: number, controls: number): void {
    const wasWide = this.#isWide;
    this.#bits |= bits;
    if (controls !== 0) this.#hasControls = true;
    if (this.#isWide && !wasWide) this.#widen();
  }

  #widen(): void {
    const before = this.#units.subarray(0, this.#length);
    this.#room = takeRoom(this.#length * 4);
    this.#units = wideView(this.#room);
    this.#units.set(before);
  }

  #copy(from: Uint8Array | Uint16Array, { start, end }: Span): void {
    this.#makeRoom(end - start);
    const units = this.#units;
    const shift = this.#length - start;
    if (end - start >= longStretch) units.set(from.subarray(start, end), this.#length);
    else
      for (let index = start; index < end; index += 1) units[index + shift] = from[index] as number;
    this.#length = end + shift;
  }

  #makeRoom(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#units.length) return;
    const before = this.#units.subarray(0, this.#length);
    this.#room = takeRoom(needed * 2 * this.#units.BYTES_PER_ELEMENT);
    this.#units = this.#isWide ? wideView(this.#room) : this.#room;
    this.#units.set(before);
  }
}

function takeRoom(needed: number): Buffer {
  const least = Math.max(leastRoom, needed);
  const room = spare !== undefined && spare.length >= least ? spare : Buffer.allocUnsafeSlow(least);
  if (room === spare) spare = undefined;
  return room;
}

function wideView(room: Buffer): Uint16Array {
  return new Uint16Array(room.buffer, room.byteOffset, room.length >> 1);
}
