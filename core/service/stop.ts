import type { Logger } from "./log.ts";

/** Whatever hangs, such as a Redis or a sink that does not answer, must not hold up a deploy. */
const stopWithinMs = 8_000;

/** What ends when a process ends. */
export interface Stopping {
  /** What stops, as a sentence begins: "the control plane". */
  readonly what: string;
  readonly log: Logger;
  readonly close: () => Promise<void>;
}

/**
 * Ends the process: closes what it has open and exits with 0, within 8 s whatever happens.
 * A second call changes nothing.
 */
export function stopper({ what, log, close }: Stopping): (why: string) => Promise<void> {
  let stopping: Promise<void> | undefined;
  const stop = async (why: string) => {
    log.info({ why }, `${what} stops`);
    setTimeout(() => {
      log.error(`not everything was closed within ${stopWithinMs / 1_000} s; leaving all the same`);
      process.exit(0);
    }, stopWithinMs);
    try {
      await close();
    } catch (error) {
      log.error({ err: error }, `${what} did not stop cleanly`);
    }
    process.exit(0);
  };
  return (why) => {
    stopping ??= stop(why);
    return stopping;
  };
}

/** Calls `stop` when the process is asked to end. */
export function onEndSignals(stop: (signal: string) => void): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop(signal));
}

/** Ends a process that cannot start, saying why in one line: whoever reads it mends settings, not code. */
export function failToStart(log: Logger, error: unknown): never {
  log.fatal(sentenceOf(error));
  process.exit(1);
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const message = error.message.replaceAll(/\s*\n\s*/g, " ");
  return error.cause === undefined ? message : `${message}: ${sentenceOf(error.cause)}`;
}
