import type { Redis } from "ioredis";
import type { Logger } from "../core/service/log.ts";
import { traceSecretOf } from "./derived-keys.ts";
import { Tracers } from "./flows/call-traces.ts";
import { FlowGuard } from "./flows/flow-guard.ts";
import { TaintStore } from "./flows/taint-store.ts";
import type { Settings } from "./settings.ts";

interface Parts {
  readonly settings: Settings;
  readonly limits: Redis;
  /** Opens a connection that refuses at once when Redis is not there. */
  readonly open: () => Redis;
  readonly secretsIn: (value: unknown) => readonly string[];
  readonly log: Logger;
}

/** The flows. What agents have read must outlast a limit's counters: it is kept where approvals are. */
export function assembleFlows({ settings, limits, open, secretsIn, log }: Parts): FlowGuard {
  const { limitsRedisUrl, redisUrl, joinToken } = settings;
  const store = new TaintStore(limitsRedisUrl === redisUrl ? limits : open());
  return new FlowGuard({ store, tracers: new Tracers(traceSecretOf(joinToken)), secretsIn, log });
}
