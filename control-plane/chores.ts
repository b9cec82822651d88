import type { Redis } from "ioredis";
import type { Lifecycle } from "../core/service/lifecycle.ts";
import type { Logger } from "../core/service/log.ts";
import { AuditTrimmer } from "./audit/audit-trimmer.ts";
import { repeat } from "./repeat.ts";
import type { Rooms } from "./rooms.ts";

/** How often each chore runs. Every control plane runs them all: each is safe to do twice. */
export interface ChoreTimes {
  readonly approvalSweepMs: number;
  readonly fleetSweepMs: number;
  readonly auditTrimMs: number;
  readonly refusalsMs: number;
}

export const defaultChoreTimes: ChoreTimes = {
  approvalSweepMs: 5_000,
  fleetSweepMs: 10_000,
  auditTrimMs: 10_000,
  refusalsMs: 60_000,
};

export interface ChoresOptions {
  readonly rooms: Rooms;
  readonly redis: Redis;
  readonly auditMaxRecords: number;
  readonly auditMaxAgeMs: number;
  readonly times: ChoreTimes;
  readonly log: Logger;
}

/** Starts what the control plane does by itself, until the lifecycle closes. */
export function startChores(options: ChoresOptions, lifecycle: Lifecycle): void {
  const { rooms, redis, times, log } = options;
  const { audit, expirer, fleet, refusals } = rooms;
  const trimmer = new AuditTrimmer({
    redis,
    audit,
    log,
    maxRecords: options.auditMaxRecords,
    maxAgeMs: options.auditMaxAgeMs,
  });
  const start = (name: string, everyMs: number, task: () => Promise<unknown>) => {
    const chore = { name, everyMs, task: async () => void (await task()), log };
    lifecycle.use(name, repeat(chore), (stop) => stop());
  };
  lifecycle.use("the last refused logins", refusals, () => refusals.flush());
  start("counting refused logins", times.refusalsMs, () => refusals.flush());
  start("sweeping the approvals", times.approvalSweepMs, () => expirer.sweep());
  start("sweeping the fleet", times.fleetSweepMs, () => fleet.sweep());
  start("trimming the audit stream", times.auditTrimMs, () => trimmer.trim());
}
