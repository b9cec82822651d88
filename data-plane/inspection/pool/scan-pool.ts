import { Worker } from "node:worker_threads";
import type { ScanSettings } from "../../../core/policy/compiled-scanning.ts";
import type { Logger } from "../../../core/service/log.ts";
import { isReadAlike } from "../../mcp/json-guard.ts";
import { type Carry, newCarry } from "../carry.ts";
import type { Inspector } from "../inspector.ts";
import { ScanStopped } from "../scan-budget.ts";
import { onlyRecords } from "../scan-scope.ts";
import { blockedByStop, type InspectionVerdict, passedUnseen } from "../verdict.ts";
import { withEdits } from "./edits.ts";
import type { ScanDone, ScanJob } from "./scan-job.ts";
import { toSent } from "./sent-settings.ts";

/** Shorter messages take less time than a thread would make them wait. */
const leastBytes = 256 * 1_024;
const longestQueue = 256;
const longestWaitMs = 30_000;

export interface ScanPoolOptions {
  readonly inspector: Pick<Inspector, "inspectMessage">;
  readonly redactionKey: Buffer;
  /** How many threads at most. 0: everything is looked through where it came. */
  readonly workers: number;
  readonly log: Logger;
  /** What the threads run. Default: the scanner. */
  readonly script?: URL;
  /** Milliseconds that a message may wait and be looked through. Default: half a minute. */
  readonly deadlineMs?: number;
}

interface ToInspect {
  readonly message: unknown;
  /** The same message as it is written. */
  readonly written: Buffer | string;
  readonly settings: ScanSettings;
  /** What was said before in the same call. Default: nothing. */
  readonly carry?: Carry;
}

interface Inspected {
  readonly verdict: InspectionVerdict;
  /** Whether every parser reads what is written the same. Asked of what goes on as it came. */
  readonly isAsRead: () => boolean;
}

interface Waiting extends Pick<ScanJob, "id" | "settings" | "carry"> {
  readonly written: Buffer | string;
  /** Undefined: it could not be looked through. */
  readonly settle: (done: ScanDone | undefined) => void;
  readonly timer: NodeJS.Timeout;
}

interface Thread {
  readonly worker: Worker;
  job: Waiting | undefined;
}

/**
 * Looks through long messages in other threads, so that other calls do not wait for them. Threads start when they are first needed.
 * What a thread cannot look through in time, or dies of, is treated as what costs more than the budget; the thread is replaced.
 */
export class ScanPool {
  readonly #options: ScanPoolOptions;
  readonly #threads = new Set<Thread>();
  readonly #queue: Waiting[] = [];
  #lastId = 0;
  #isClosed = false;

  constructor(options: ScanPoolOptions) {
    this.#options = options;
  }

  /** Inspects a message of an upstream. Never rejects. */
  async inspectMessage(asked: ToInspect): Promise<Inspected> {
    const { message, written, settings, carry = newCarry() } = asked;
    const isLong = written.length >= leastBytes && this.#options.workers > 0 && !this.#isClosed;
    const sent = isLong ? toSent(settings) : undefined;
    if (!sent) return this.#inspectHere(asked);
    const done = await this.#submit(written, { settings: sent, carry });
    if (!done) return { verdict: unseen(settings), isAsRead: () => isReadAlike(`${written}`) };
    const { verdict, edits, isAsRead } = done;
    const whole =
      verdict.kind === "redacted" ? { ...verdict, value: withEdits(message, edits) } : verdict;
    return { verdict: whole, isAsRead: () => isAsRead };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const waiting of this.#queue.splice(0)) settle(waiting, undefined);
    await Promise.all([...this.#threads].map((thread) => this.#end(thread)));
  }

  #inspectHere({ written, ...asked }: ToInspect): Inspected {
    const verdict = this.#options.inspector.inspectMessage(asked);
    return { verdict, isAsRead: () => isReadAlike(`${written}`) };
  }

  #submit(
    written: Buffer | string,
    asked: Pick<ScanJob, "settings" | "carry">,
  ): Promise<ScanDone | undefined> {
    const { log, deadlineMs = longestWaitMs } = this.#options;
    if (this.#queue.length >= longestQueue) {
      log.error({ waiting: longestQueue }, "too many long messages wait to be looked through");
      return Promise.resolve(undefined);
    }
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#giveUp(id), deadlineMs);
      this.#queue.push({ id, written, ...asked, settle: resolve, timer });
      this.#next();
    });
  }

  /** Gives the next message to a thread that is free. */
  #next(): void {
    const thread = this.#queue.length > 0 ? this.#freeThread() : undefined;
    if (!thread) return;
    const job = this.#queue.shift();
    if (!job) return;
    thread.job = job;
    thread.worker.ref();
    const { id, written, settings, carry } = job;
    // A copy of its own: what is transferred is gone here.
    const bytes = new Uint8Array(typeof written === "string" ? Buffer.from(written) : written);
    thread.worker.postMessage({ id, bytes, settings, carry } satisfies ScanJob, [bytes.buffer]);
  }

  #freeThread(): Thread | undefined {
    for (const thread of this.#threads) if (!thread.job) return thread;
    return this.#threads.size < this.#options.workers ? this.#start() : undefined;
  }

  #start(): Thread {
    const { script = ownScript, redactionKey, log } = this.#options;
    const worker = new Worker(script, { workerData: new Uint8Array(redactionKey) });
    const thread: Thread = { worker, job: undefined };
    this.#threads.add(thread);
    worker.on("message", (done: ScanDone) => {
      if (thread.job?.id !== done.id) return;
      settle(thread.job, done);
      thread.job = undefined;
      worker.unref();
      this.#next();
    });
    worker.on("error", (error) => log.error({ err: error }, "a thread of the scanner died"));
    worker.on("exit", () => void this.#end(thread));
    return thread;
  }

  #giveUp(id: number): void {
    this.#options.log.error({}, "a long message could not be looked through in time");
    const index = this.#queue.findIndex((waiting) => waiting.id === id);
    if (index >= 0) for (const waiting of this.#queue.splice(index, 1)) settle(waiting, undefined);
    for (const thread of this.#threads) if (thread.job?.id === id) void this.#end(thread);
  }

  /** Another takes its place when there is something to do. */
  async #end(thread: Thread): Promise<void> {
    if (!this.#threads.delete(thread)) return;
    if (thread.job) settle(thread.job, undefined);
    thread.job = undefined;
    this.#next();
    await thread.worker.terminate();
  }
}

/** Beside this file, as source or as built. */
const ownScript = new URL(
  import.meta.url.endsWith(".ts") ? "./scan-worker.ts" : "./scan-worker.js",
  import.meta.url,
);

function settle({ timer, settle: resolve }: Waiting, done: ScanDone | undefined): void {
  clearTimeout(timer);
  resolve(done);
}

function unseen(settings: ScanSettings): InspectionVerdict {
  const stopped = new ScanStopped("scan.budget", "it takes too long to look through");
  const verdict = blockedByStop("result", stopped, []);
  const passes = settings.budget.onExceed === "allow" || onlyRecords(settings);
  return passes ? passedUnseen(verdict) : verdict;
}
