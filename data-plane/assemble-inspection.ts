import type { Redis } from "ioredis";
import type { Env } from "../core/service/env.ts";
import type { Lifecycle } from "../core/service/lifecycle.ts";
import type { Logger } from "../core/service/log.ts";
import type { RedactorFor } from "./call/redactor.ts";
import { redactionKeyOf } from "./derived-keys.ts";
import { ExternalScanners } from "./inspection/external/external-scanners.ts";
import { Inspector } from "./inspection/inspector.ts";
import { ScanPool } from "./inspection/pool/scan-pool.ts";
import { RedactionKeys } from "./inspection/redaction-keys.ts";
import { Vault } from "./inspection/vault/vault.ts";
import type { Settings } from "./settings.ts";

interface Parts {
  readonly settings: Pick<Settings, "joinToken" | "scanWorkers" | "redactionEpochDays">;
  /** A connection that refuses at once when Redis is not there, to the Redis that keeps. */
  readonly quick: Redis;
  readonly env: Env;
  readonly log: Logger;
}

/** The gateway's own detectors, and the way to the scanners that a policy names beside them. */
export function assembleInspection({ settings, quick, env, log }: Parts, lifecycle: Lifecycle) {
  const { redactionEpochDays } = settings;
  const secret = { redactionKey: redactionKeyOf(settings.joinToken), redactionEpochDays };
  const inspector = new Inspector(secret);
  const redact: Inspector["redactForRecord"] = (value, how) =>
    inspector.redactForRecord(value, how);
  const keys = new RedactionKeys(secret);
  const asking = new ExternalScanners({ env, keys, redact, log });
  const scanners = lifecycle.use("scanners", asking, (it) => it.close());
  const { scanWorkers: workers } = settings;
  const pool = new ScanPool({ inspector, ...secret, workers, log });
  const scans = lifecycle.use("threads of the scanner", pool, (it) => it.close());
  const record: ScanPool["record"] = (value, how) => scans.record(value, how);
  const redactorFor: RedactorFor = (showing) => inspector.redactorFor(showing);
  const vault = new Vault({ redis: quick, keys, log });
  return { inspector, recording: { redactorFor, record }, scanners, scans, vault };
}
