/** One server-sent event (HTML Living Standard §9.2). */
export interface SseEvent {
  readonly data?: string;
  readonly event?: string;
  readonly id?: string;
  /** Milliseconds. */
  readonly retry?: number;
}

/** An event whose data are still bytes. */
export type RawSseEvent = Omit<SseEvent, "data"> & { readonly data?: Buffer };

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const byteOrderMark = Buffer.from("\uFEFF");
const newLine = Buffer.from("\n");
const dataLine = Buffer.from("data:");

/** Turns bytes into events as they come. Holds at most one unfinished event, of bounded size. */
export class SseParser {
  readonly #maxEventBytes: number;
  /** The first bytes of all, while they may be a byte order mark. */
  #head: Buffer | undefined = Buffer.alloc(0);
  #endedWithReturn = false;
  /** Pieces of a line that has not ended yet and is not known to be data: joined once, so that it costs linear time. */
  #line: Buffer[] = [];
  #lineBytes = 0;
  #isInData = false;
  /** Pieces of the data so far; undefined when there are none. */
  #data: Buffer[] | undefined;
  #fields: { event?: string; id?: string; retry?: number } = {};
  #bytes = 0;

  constructor(maxEventBytes: number) {
    this.#maxEventBytes = maxEventBytes;
  }

  /** Bytes of the event that has not ended yet. */
  get pendingBytes(): number {
    return this.#bytes;
  }

  /** Returns the events that these bytes complete. Throws when an event grows over the bound. */
  push(bytes: Buffer): SseEvent[] {
    return this.pushRaw(bytes).map(decodeEvent);
  }

  /** As {@link push}, with the data as bytes. */
  pushRaw(bytes: Buffer): RawSseEvent[] {
    const piece = this.#head ? this.#withoutMark(this.#head, bytes) : bytes;
    const events: RawSseEvent[] = [];
    if (piece.length === 0) return events;
    // A line feed may be the second half of a CRLF whose first half ended the bytes before.
    let from = this.#endedWithReturn && piece[0] === lineFeed ? 1 : 0;
    this.#endedWithReturn = piece[piece.length - 1] === carriageReturn;
    const ends = new LineEnds(piece);
    for (let end = ends.after(from); end >= 0; end = ends.after(from)) {
      this.#take(piece.subarray(from, end));
      this.#endLine(events);
      from = end + (piece[end] === carriageReturn && piece[end + 1] === lineFeed ? 2 : 1);
    }
    this.#take(piece.subarray(from));
    return events;
  }

  /** The event that has not ended yet, as far as it is known. */
  peek(): RawSseEvent {
    return { ...this.#fields, ...(this.#data && { data: Buffer.concat(this.#data) }) };
  }

  /** Takes the data so far out: the event, when it ends, holds what came later. It is bounded no more. */
  takeData(): Buffer {
    const data = joined(this.#data ?? []);
    if (this.#data) this.#data = [];
    this.#bytes = 0;
    return data;
  }

  #withoutMark(head: Buffer, bytes: Buffer): Buffer {
    const start = Buffer.concat([head, bytes]);
    const length = Math.min(start.length, byteOrderMark.length);
    if (!start.subarray(0, length).equals(byteOrderMark.subarray(0, length))) {
      this.#head = undefined;
      return start;
    }
    this.#head = length < byteOrderMark.length ? start : undefined;
    return this.#head ? Buffer.alloc(0) : start.subarray(length);
  }

  #take(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#bytes += piece.length;
    if (this.#bytes > this.#maxEventBytes) {
      throw new Error(`an event is longer than ${this.#maxEventBytes} bytes`);
    }
    if (this.#isInData) {
      this.#data?.push(piece);
      return;
    }
    const wasUndecided = this.#lineBytes <= dataLine.length;
    this.#line.push(piece);
    this.#lineBytes += piece.length;
    // One byte more than the name: the space that may follow is no part of the data.
    if (wasUndecided && this.#lineBytes > dataLine.length) this.#beginData();
  }

  #beginData(): void {
    const line = Buffer.concat(this.#line);
    if (!line.subarray(0, dataLine.length).equals(dataLine)) return;
    this.#isInData = true;
    this.#line = [];
    this.#lineBytes = 0;
    this.#addData(line.subarray(dataLine.length + (line[dataLine.length] === space ? 1 : 0)));
  }

  #addData(value: Buffer): void {
    if (this.#data) this.#data.push(newLine, value);
    else this.#data = [value];
  }

  #endLine(events: RawSseEvent[]): void {
    if (this.#isInData) {
      this.#isInData = false;
      return;
    }
    const line = Buffer.concat(this.#line).toString("utf8");
    this.#line = [];
    this.#lineBytes = 0;
    if (line === "") {
      this.#endEvent(events);
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
    this.#takeField(name, value);
  }

  #endEvent(events: RawSseEvent[]): void {
    const data = this.#data && joined(this.#data);
    const event = { ...this.#fields, ...(data && { data }) };
    if (Object.keys(event).length > 0) events.push(event);
    this.#fields = {};
    this.#data = undefined;
    this.#bytes = 0;
  }

  #takeField(name: string, value: string): void {
    if (name === "data") this.#addData(Buffer.from(value));
    else if (name === "event") this.#fields.event = value;
    else if (name === "id" && !value.includes("\0")) this.#fields.id = value;
    else if (name === "retry" && /^\d{1,9}$/.test(value)) this.#fields.retry = Number(value);
  }
}

/** A single piece is not copied: most events come in one. */
function joined(pieces: readonly Buffer[]): Buffer {
  const [first] = pieces;
  return first && pieces.length === 1 ? first : Buffer.concat(pieces);
}

/** Where lines end in a piece. Each byte is looked at once for either end, however many lines there are. */
class LineEnds {
  readonly #piece: Buffer;
  #feed: number;
  #return: number;

  constructor(piece: Buffer) {
    this.#piece = piece;
    this.#feed = piece.indexOf(lineFeed);
    this.#return = piece.indexOf(carriageReturn);
  }

  /** The first end at or after an index; -1 when there is none. */
  after(from: number): number {
    if (this.#feed >= 0 && this.#feed < from) this.#feed = this.#piece.indexOf(lineFeed, from);
    if (this.#return >= 0 && this.#return < from) {
      this.#return = this.#piece.indexOf(carriageReturn, from);
    }
    if (this.#feed < 0 || this.#return < 0) return Math.max(this.#feed, this.#return);
    return Math.min(this.#feed, this.#return);
  }
}

/** The event with its data as text. */
export function decodeEvent({ data, ...fields }: RawSseEvent): SseEvent {
  return data ? { ...fields, data: data.toString("utf8") } : fields;
}

/** An event as it goes over the wire. */
export function encodeEvent(event: SseEvent): string {
  let text = encodeFields(event);
  if (event.data !== undefined) {
    for (const line of event.data.split(/\r\n|\n|\r/)) text += `data: ${line}\n`;
  }
  return `${text}\n`;
}

/** The lines of an event but its data. */
export function encodeFields({ event, id, retry }: Omit<SseEvent, "data">): string {
  let text = "";
  if (event !== undefined) text += `event: ${event}\n`;
  if (id !== undefined) text += `id: ${id}\n`;
  if (retry !== undefined) text += `retry: ${retry}\n`;
  return text;
}
