/** One server-sent event (HTML Living Standard §9.2). */
export interface SseEvent {
  readonly data?: string;
  readonly event?: string;
  readonly id?: string;
  /** Milliseconds. */
  readonly retry?: number;
}

/** Turns bytes into events as they come. Holds at most one unfinished event, of bounded size. */
export class SseParser {
  readonly #decoder = new TextDecoder("utf-8");
  readonly #maxEventLength: number;
  /** Pieces of the line that has not ended yet: joined once, so that a long line costs linear time. */
  #pieces: string[] = [];
  #piecesLength = 0;
  #endedWithReturn = false;
  #fields: { data?: string; event?: string; id?: string; retry?: number } = {};
  #length = 0;

  constructor(maxEventLength: number) {
    this.#maxEventLength = maxEventLength;
  }

  /** Returns the events that these bytes complete. Throws when an event grows over the bound. */
  push(bytes: Uint8Array): SseEvent[] {
    const events: SseEvent[] = [];
    const text = this.#decoder.decode(bytes, { stream: true });
    // A line feed may be the second half of a CRLF whose first half ended the bytes before.
    let from = this.#endedWithReturn && text.startsWith("\n") ? 1 : 0;
    if (text !== "") this.#endedWithReturn = text.endsWith("\r");
    for (const match of text.matchAll(/\r\n|\n|\r/g)) {
      if (match.index < from) continue;
      this.#takePiece(text.slice(from, match.index));
      this.#takeLine(this.#pieces.join(""), events);
      this.#pieces = [];
      this.#piecesLength = 0;
      from = match.index + match[0].length;
    }
    this.#takePiece(text.slice(from));
    return events;
  }

  #takePiece(piece: string): void {
    if (piece === "") return;
    this.#pieces.push(piece);
    this.#piecesLength += piece.length;
    if (this.#piecesLength + this.#length > this.#maxEventLength) {
      throw new Error(`an event is longer than ${this.#maxEventLength} characters`);
    }
  }

  #takeLine(line: string, events: SseEvent[]): void {
    if (line === "") {
      if (Object.keys(this.#fields).length > 0) events.push(this.#fields);
      this.#fields = {};
      this.#length = 0;
      return;
    }
    this.#length += line.length;
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
    this.#takeField(name, value);
  }

  #takeField(name: string, value: string): void {
    const fields = this.#fields;
    if (name === "data") {
      fields.data = fields.data === undefined ? value : `${fields.data}\n${value}`;
    } else if (name === "event") fields.event = value;
    else if (name === "id" && !value.includes("\0")) fields.id = value;
    else if (name === "retry" && /^\d{1,9}$/.test(value)) fields.retry = Number(value);
  }
}

/** An event as it goes over the wire. */
export function encodeEvent(event: SseEvent): string {
  let text = "";
  if (event.event !== undefined) text += `event: ${event.event}\n`;
  if (event.id !== undefined) text += `id: ${event.id}\n`;
  if (event.retry !== undefined) text += `retry: ${event.retry}\n`;
  if (event.data !== undefined) {
    for (const line of event.data.split(/\r\n|\n|\r/)) text += `data: ${line}\n`;
  }
  return `${text}\n`;
}
