import type { Logger } from "../../core/service/log.ts";
import type { ApprovalGate } from "../approvals/approval-gate.ts";
import type { HeldTasks } from "../approvals/held-tasks.ts";
import type { TaskRuns } from "../approvals/task-runs.ts";
import type { WaitingStates } from "../approvals/waiting-state.ts";
import type { CallAudit } from "../audit/call-audit.ts";
import type { Principal } from "../call/agent-request.ts";
import type { Reply } from "../call/reply.ts";
import type { Trail } from "../call/trail.ts";
import type { Freezes } from "../config/freezes.ts";
import type { RuntimeConfig } from "../config/runtime-config.ts";
import type { FlowGuard } from "../flows/flow-guard.ts";
import type { ExternalScanners } from "../inspection/external/external-scanners.ts";
import type { Inspector } from "../inspection/inspector.ts";
import type { ScanPool } from "../inspection/pool/scan-pool.ts";
import type { Vault } from "../inspection/vault/vault.ts";
import type { Limiter } from "../limits/limiter.ts";
import type { DefinitionPins } from "../pins/definition-pins.ts";
import type { ShownLists } from "../pins/shown-lists.ts";
import type { Forwarder } from "../upstreams/forwarder.ts";
import type { ToolCatalog } from "../upstreams/tool-catalog.ts";
import type { CallFlows } from "./call-flows.ts";
import type { ListedNames } from "./listed-names.ts";
import type { Restored } from "./restored.ts";

/** The steps that a call meets on its way. */
export interface Gateway {
  readonly limiter: Pick<Limiter, "admission">;
  readonly inspector: Pick<Inspector, "inspectPieces" | "redactorFor">;
  /** The same, for what may be long. */
  readonly scans: Pick<ScanPool, "inspectArguments" | "inspectMessage">;
  readonly scanners: Pick<ExternalScanners, "review">;
  /** What tokens stand for. */
  readonly vault: Pick<Vault, "keep" | "look" | "forget">;
  readonly flows: Pick<FlowGuard, "judge" | "note" | "isTraced" | "noteShown">;
  readonly approvals: Omit<ApprovalGate, "close">;
  readonly tasks: Pick<HeldTasks, "idOf" | "isOurs" | "open" | "keep" | "kept" | "forget">;
  readonly taskRuns: Pick<TaskRuns, "run">;
  readonly waitingStates: Pick<WaitingStates, "seal" | "open" | "isOurs">;
  readonly pins: Pick<DefinitionPins, "review" | "isDoubtful" | "doubtful" | "instructionsInstead">;
  readonly shown: Pick<ShownLists, "note" | "hasMoved" | "isOutdated">;
  readonly catalog: Pick<ToolCatalog, "find" | "list" | "forget">;
  readonly forwarder: Pick<Forwarder, "call" | "deliver" | "openStream">;
  readonly audit: Pick<CallAudit, "intent" | "outcome" | "request" | "approval">;
  /** What upstreams were seen to list. */
  readonly listed: Pick<ListedNames, "note">;
  readonly log: Logger;
  /** What operators have frozen now. */
  readonly freezes: Pick<Freezes, "find">;
  /** Whether an agent may still call, with the groups it had. */
  readonly isCurrent: (principal: Principal) => boolean;
  /** Aborts when this proxy is about to stop: what waits for people is told to come again. */
  readonly stopping: AbortSignal;
  /** The configuration of this moment, for what must be judged again. */
  readonly currentConfig: () => RuntimeConfig | undefined;
}

/** What the steps of one call share. */
export interface Way {
  readonly gateway: Gateway;
  readonly reply: Reply;
  readonly trail: Trail;
  /** Absent: no flow looks at this call. */
  readonly flows?: CallFlows;
  /** The call as its tool gets it. Absent: it holds no token that stands for anything. */
  readonly restored?: Restored;
}
