import { Writable } from "node:stream";
import { pino } from "pino";
import type { Logger } from "../../core/service/log.ts";

/** A log that is kept, to be looked at. */
export function createMemoryLog(): {
  readonly log: Logger;
  readonly lines: () => readonly string[];
} {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return { log: pino({ level: "debug" }, stream), lines: () => lines };
}
