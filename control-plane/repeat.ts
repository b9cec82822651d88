import type { Logger } from "../core/service/log.ts";

export interface RepeatOptions {
  /** For the log, such as "sweeping approvals". */
  readonly name: string;
  readonly everyMs: number;
  readonly task: () => Promise<void>;
  readonly log: Logger;
}

/** Runs a task again and again, never twice at once. Returns how to stop it, which waits for the run under way. */
export function repeat({ name, everyMs, task, log }: RepeatOptions): () => Promise<void> {
  let failing = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  const run = async () => {
    try {
      await task();
      if (failing) log.info(`${name} works again`);
      failing = false;
    } catch (error) {
      // Once per outage: the log of an outage must stay readable.
      if (!failing && !stopped) log.error({ err: error }, `${name} failed and is tried again`);
      failing = true;
    }
    schedule();
  };
  const schedule = () => {
    if (stopped) return;
    timer = setTimeout(() => {
      running = run();
    }, everyMs);
  };

  schedule();
  return () => {
    stopped = true;
    clearTimeout(timer);
    return running;
  };
}
