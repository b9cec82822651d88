import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

/** What the serving thread of a process did since it was asked last. */
export interface LoopDelay {
  /** Milliseconds that the loop was late: the median, the 99th of a hundred, and the most. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Of the processor, in this thread. */
  readonly cpuMs: number;
}

const resolution = 1;

/** Loaded before a process that is measured: tells how late its loop was whenever it is asked. Its other threads are not asked. */
if (isMainThread) {
  const delays = monitorEventLoopDelay({ resolution });
  delays.enable();
  let before = process.threadCpuUsage();
  process.on("message", () => {
    const { user, system } = process.threadCpuUsage(before);
    const late = (ns: number) => Math.max(0, ns / 1e6 - resolution);
    const [p50, p99] = [late(delays.percentile(50)), late(delays.percentile(99))];
    const told: LoopDelay = { p50, p99, max: late(delays.max), cpuMs: (user + system) / 1_000 };
    process.send?.(told);
    delays.reset();
    before = process.threadCpuUsage();
  });
}
