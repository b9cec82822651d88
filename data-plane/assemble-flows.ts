import type { Redis } from "ioredis";
import type { Logger } from "../core/service/log.ts";
import { traceSecretOf } from "./derived-keys.ts";
import { Tracers } from "./flows/call-traces.ts";
import { FlowGuard } from "./flows/flow-guard.ts";
import { TaintStore } from "./flows/taint-store.ts";
import type { Settings } from "./settings.ts";

interface Parts {
  readonly settings: Settings;
  /** A connection that refuses at once when Redis is not there. */
  readonly quick: Redis;
  readonly secretsIn: (value: unknown) => readonly string[];
  readonly log: Logger;
}

/** The flows. What agents have read must outlast a limit's counters: `quick` leads to where approvals are. */
export function assembleFlows({ settings, quick, secretsIn, log }: Parts): FlowGuard {
  const tracers = new Tracers(traceSecretOf(settings.joinToken));
  return new FlowGuard({ store: new TaintStore(quick), tracers, secretsIn, log });
}
