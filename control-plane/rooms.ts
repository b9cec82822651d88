import type { Redis } from "ioredis";
import { ApprovalStore } from "../core/approvals/approval-store.ts";
import type { AuditTrail } from "../core/audit/audit-trail.ts";
import { RefusalLog } from "../core/audit/refusal-log.ts";
import { PinStore } from "../core/pins/pin-store.ts";
import type { Logger } from "../core/service/log.ts";
import { AgentStore } from "./agents/agent-store.ts";
import { ApprovalExpirer } from "./approvals/approval-expirer.ts";
import { ActRecorder } from "./audit/act-recorder.ts";
import { FleetStore } from "./fleet/fleet-store.ts";
import { FreezeStore } from "./freezes/freeze-store.ts";
import { OperatorDirectory } from "./operators/operator-directory.ts";
import { OperatorGate } from "./operators/operator-gate.ts";
import { OperatorStore } from "./operators/operator-store.ts";
import { PolicyStore } from "./policy/policy-store.ts";

/** What the services share. */
export interface Rooms {
  readonly policies: PolicyStore;
  readonly agents: AgentStore;
  readonly fleet: FleetStore;
  readonly pins: PinStore;
  readonly freezes: FreezeStore;
  readonly approvals: ApprovalStore;
  readonly expirer: ApprovalExpirer;
  readonly operatorStore: OperatorStore;
  readonly directory: OperatorDirectory;
  readonly operators: OperatorGate;
  readonly audit: AuditTrail;
  readonly acts: ActRecorder;
  readonly refusals: RefusalLog;
}

export function createRooms(options: {
  /** A connection for purpose "durable". */
  readonly redis: Redis;
  readonly audit: AuditTrail;
  readonly log: Logger;
}): Rooms {
  const { redis, audit, log } = options;
  const refusals = new RefusalLog(async (entry) => {
    log.warn(entry, "refused a login");
    audit.keep(entry);
  });
  const operatorStore = new OperatorStore(redis);
  const directory = new OperatorDirectory(operatorStore);
  const approvals = new ApprovalStore(redis);
  const fleet = new FleetStore(redis);
  return {
    policies: new PolicyStore(redis),
    agents: new AgentStore(redis),
    fleet,
    pins: new PinStore(redis),
    freezes: new FreezeStore(redis),
    approvals,
    expirer: new ApprovalExpirer({ approvals, audit, log }),
    operatorStore,
    directory,
    operators: new OperatorGate({ directory, refusals }),
    audit,
    acts: new ActRecorder({ audit, log }),
    refusals,
  };
}
