import { TraceLog } from "./trace-log.ts";

/** What a proxy has seen of the lists of one agent or session. */
export interface LogCopies {
  readonly traces: TraceLog;
  readonly names: TraceLog;
}

/** Copies of the lists of those who called lately, within so many bytes. Whoever is dropped is read from Redis again. */
export class CopiesByOwner {
  readonly #maxBytes: number;
  readonly #copies = new Map<string, LogCopies>();
  readonly #sizes = new Map<string, number>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  of(who: string): LogCopies {
    const known = this.#copies.get(who);
    const copies = known ?? { traces: new TraceLog("latest"), names: new TraceLog("first") };
    // Whoever called last goes last.
    this.#copies.delete(who);
    this.#copies.set(who, copies);
    return copies;
  }

  /** To be called when somebody's have grown: whoever called longest ago makes room. */
  measure(who: string): void {
    const copies = this.#copies.get(who);
    this.#setSize(who, copies ? copies.traces.bytes + copies.names.bytes : 0);
    for (const oldest of this.#copies.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#copies.delete(oldest);
      this.#setSize(oldest, 0);
    }
  }

  #setSize(who: string, bytes: number): void {
    this.#bytes += bytes - (this.#sizes.get(who) ?? 0);
    if (bytes === 0) this.#sizes.delete(who);
    else this.#sizes.set(who, bytes);
  }
}
