import type { Writable } from "node:stream";
import { connectRedis } from "../../core/redis/connect.ts";
import type { Lifecycle } from "../../core/service/lifecycle.ts";
import type { Logger } from "../../core/service/log.ts";
import { repeat } from "../repeat.ts";
import { ChainWatch } from "./chain-watch.ts";
import { ConsumerGroup } from "./consumer-group.ts";
import { DeadLetters } from "./dead-letters.ts";
import { Drain } from "./drain.ts";
import { Lease } from "./lease.ts";
import { ExportMetrics } from "./metrics.ts";
import { openSink } from "./open-sink.ts";
import type { ExportSettings } from "./settings.ts";
import { Shipper } from "./shipper.ts";
import type { Sink } from "./sinks/sink.ts";
import { StatusServer } from "./status-server.ts";

export interface ExporterOptions {
  readonly settings: ExportSettings;
  readonly stdout: Writable;
  readonly log: Logger;
  /** Instead of what the settings say. */
  readonly sink?: Sink;
  /** Waits before a batch is sent again. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface RunningExporter {
  readonly metrics: ExportMetrics;
  /** Undefined where none was asked for. */
  readonly statusPort: number | undefined;
  /** Resolves when there is nothing left to do, or it was stopped. */
  readonly finished: Promise<void>;
}

const measureEveryMs = 5_000;
const minPageBytes = 4_000_000;
/** A sink that took nothing for so long is a problem to tell of. */
const sinkDownForMs = 60_000;

/** Starts an exporter. What it opens, the lifecycle closes. */
export async function startExporter(
  options: ExporterOptions,
  lifecycle: Lifecycle,
): Promise<RunningExporter> {
  const { settings, log } = options;
  const { name: group, consumer, batch } = settings;
  const open = () => {
    const onError = (error: Error) => log.error({ err: error }, "Redis cannot be reached");
    const redis = connectRedis(settings.redisUrl, "durable", onError);
    return lifecycle.use("Redis", redis, (it) => it.disconnect());
  };
  const redis = open();
  const metrics = new ExportMetrics();
  const sink = options.sink ?? openSink(settings, options.stdout);
  lifecycle.use("the sink", sink, () => sink.close());
  const deadLetters = new DeadLetters(redis, group);
  const { wait } = options;
  const shipper = new Shipper({
    sink,
    format: settings.format,
    group,
    size: batch,
    deadLetters,
    maxDeadLetters: settings.maxDeadLetters,
    metrics,
    log,
    ...(wait && { wait }),
  });
  const consumers = new ConsumerGroup({ reading: open(), redis, group, consumer });
  const lease = new Lease({ redis: open(), group, consumer });
  const drain = new Drain({
    group: consumers,
    lease,
    watch: new ChainWatch(redis, group),
    shipper,
    deadLetters,
    metrics,
    log,
    pageRecords: batch.records,
    pageBytes: Math.max(minPageBytes, 4 * batch.bytes),
    lingerMs: batch.lingerMs,
    untilEmpty: settings.untilEmpty,
  });
  const health = new Health(metrics);
  const task = () => measure({ consumers, deadLetters, metrics, health });
  const measuring = repeat({ name: "measuring the lag", everyMs: measureEveryMs, task, log });
  lifecycle.use("measuring the lag", measuring, (stop) => stop());
  const status = settings.status && (await startStatus(settings.status, health, metrics));
  if (status) lifecycle.use("the status server", status, (it) => it.close());
  const finished = drain.run();
  lifecycle.use("the drain", drain, (it) => it.stop());
  log.info(
    { sink: sink.name, group, consumer, format: settings.format },
    "exporting audit records",
  );
  return { metrics, statusPort: status?.port, finished };
}

function startStatus(
  address: { readonly host: string; readonly port: number },
  health: Health,
  metrics: ExportMetrics,
): Promise<StatusServer> {
  return StatusServer.start({ ...address, metrics, problem: () => health.problem });
}

async function measure(parts: {
  readonly consumers: ConsumerGroup;
  readonly deadLetters: DeadLetters;
  readonly metrics: ExportMetrics;
  readonly health: Health;
}): Promise<void> {
  const { consumers, deadLetters, metrics, health } = parts;
  const { entries, oldestAtMs } = await consumers.lag();
  metrics.lagEntries.set(entries ?? Number.NaN);
  const lagMs = oldestAtMs === undefined ? 0 : Math.max(0, Date.now() - oldestAtMs);
  metrics.lagSeconds.set(lagMs / 1_000);
  metrics.deadLetters.set(await deadLetters.count());
  await health.note(lagMs);
}

/** Whether somebody should look. */
class Health {
  readonly #metrics: ExportMetrics;
  #measuredAtMs = performance.now();
  #lagMs = 0;
  #sinkDownSinceMs: number | undefined;

  constructor(metrics: ExportMetrics) {
    this.#metrics = metrics;
    metrics.sinkUp.set(1);
  }

  async note(lagMs: number): Promise<void> {
    this.#measuredAtMs = performance.now();
    this.#lagMs = lagMs;
    const { values } = await this.#metrics.sinkUp.get();
    const isUp = values[0]?.value !== 0;
    this.#sinkDownSinceMs = isUp ? undefined : (this.#sinkDownSinceMs ?? performance.now());
  }

  get problem(): string {
    const nowMs = performance.now();
    if (nowMs - this.#measuredAtMs > 4 * measureEveryMs) return "Redis cannot be reached";
    const downForMs = nowMs - (this.#sinkDownSinceMs ?? nowMs);
    if (downForMs <= sinkDownForMs) return "";
    const seconds = Math.round(this.#lagMs / 1_000);
    return `the sink takes no records; the oldest that waits is ${seconds} s old`;
  }
}
