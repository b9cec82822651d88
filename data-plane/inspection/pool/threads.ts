import { Worker } from "node:worker_threads";
import type { Logger } from "../../../core/service/log.ts";
import type { RedactionSecret } from "../redaction-keys.ts";
import type { Recorded, ScanDone, ScanJob, ScanTask, Seen } from "./scan-job.ts";
import { sentSecret } from "./sent-settings.ts";

const longestQueue = 256;
const longestWaitMs = 30_000;

export interface ThreadsOptions extends RedactionSecret {
  /** How many at most. */
  readonly workers: number;
  readonly log: Logger;
  /** What they run. Default: the scanner. */
  readonly script?: URL;
  /** Milliseconds that a job may wait and be worked on. Default: half a minute. */
  readonly deadlineMs?: number;
}

type Done = Seen | Recorded;

export interface Prepared {
  readonly task: ScanTask;
  readonly transfer: readonly ArrayBuffer[];
}

interface Waiting {
  readonly id: number;
  /** Asked for when a thread is free: until then nothing is copied. */
  readonly prepare: () => Prepared;
  readonly settle: (done: Done | undefined) => void;
  readonly timer: NodeJS.Timeout;
}

interface Thread {
  readonly worker: Worker;
  job: Waiting | undefined;
}

/** Threads that work on one job at a time each. They start when they are first needed; one that dies or hangs is replaced. */
export class Threads {
  readonly #options: ThreadsOptions;
  readonly #threads = new Set<Thread>();
  readonly #queue: Waiting[] = [];
  #lastId = 0;
  #isClosed = false;

  constructor(options: ThreadsOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#options.workers > 0 && !this.#isClosed;
  }

  /** Resolves to undefined where nothing could be done: too many wait, it took too long, or the thread died of it. */
  submit(prepare: () => Prepared): Promise<Done | undefined> {
    const { log, deadlineMs = longestWaitMs } = this.#options;
    if (this.#queue.length >= longestQueue) {
      log.error({ waiting: longestQueue }, "too many long messages wait to be looked through");
      return Promise.resolve(undefined);
    }
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((settle) => {
      const timer = setTimeout(() => this.#giveUp(id), deadlineMs);
      this.#queue.push({ id, prepare, settle, timer });
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const waiting of this.#queue.splice(0)) settle(waiting, undefined);
    await Promise.all([...this.#threads].map((thread) => this.#end(thread)));
  }

  /** Gives the next job to a thread that is free. */
  #next(): void {
    const thread = this.#queue.length > 0 ? this.#freeThread() : undefined;
    if (!thread) return;
    const job = this.#queue.shift();
    if (!job) return;
    thread.job = job;
    thread.worker.ref();
    const { task, transfer } = job.prepare();
    thread.worker.postMessage({ id: job.id, task } satisfies ScanJob, transfer);
  }

  #freeThread(): Thread | undefined {
    for (const thread of this.#threads) if (!thread.job) return thread;
    return this.#threads.size < this.#options.workers ? this.#start() : undefined;
  }

  #start(): Thread {
    const { script = ownScript, log } = this.#options;
    const worker = new Worker(script, { workerData: sentSecret(this.#options) });
    const thread: Thread = { worker, job: undefined };
    this.#threads.add(thread);
    worker.on("message", ({ id, done }: ScanDone) => {
      if (thread.job?.id !== id) return;
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

function settle({ timer, settle: resolve }: Waiting, done: Done | undefined): void {
  clearTimeout(timer);
  resolve(done);
}
