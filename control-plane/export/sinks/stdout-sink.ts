import type { Writable } from "node:stream";
import { type OutgoingRecord, type RefusedRecord, type Sink, SinkFailure } from "./sink.ts";

/** Writes lines to a stream, and says that it has them when the system took them. */
export class StdoutSink implements Sink {
  readonly name = "stdout";
  readonly #stream: Writable;

  constructor(stream: Writable) {
    this.#stream = stream;
    // Told of by the write that fails.
    stream.on("error", () => {});
  }

  async send(records: readonly OutgoingRecord[]): Promise<readonly RefusedRecord[]> {
    const text = records.map(({ line }) => `${line}\n`).join("");
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(text, (error) => {
        if (error) reject(new SinkFailure("nobody reads stdout", { kind: "away", cause: error }));
        else resolve();
      });
    });
    return [];
  }

  async close(): Promise<void> {}
}
