import type { Ruling } from "../../core/policy/decide.ts";
import type { ApproveDecision } from "../approvals/approval-request.ts";
import type { ToolCall } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import { CallFlows, type HeldByFlow } from "./call-flows.ts";
import { findRestorable } from "./find-restorable.ts";
import type { Way } from "./gateway.ts";
import type { HeldCall } from "./held-call.ts";
import { inspectArguments } from "./inspect-arguments.ts";
import { restoreValues } from "./restore-values.ts";
import type { Restored } from "./restored.ts";

/** What asks for people, about a call that may be made otherwise. */
interface Demands {
  /** Why the scanner does. */
  readonly scanner: string | undefined;
  readonly flow: HeldByFlow | undefined;
}

/** A call that was looked at. */
interface Inspected {
  /** As it would be sent. */
  readonly sent: ToolCall;
  /** As its tool would get it. Undefined: just so. */
  readonly restored: Restored | undefined;
  readonly demands: Demands;
  /** What goes on with it. Undefined: no flow looks at it. */
  readonly flows: CallFlows | undefined;
}

/** Looks at the arguments of a call, and at what it makes together with what was read before. */
export async function inspectCall(
  call: ToolCall,
  ruling: Ruling,
  way: Way,
): Promise<Inspected | { readonly outcome: Outcome }> {
  const { gateway, trail } = way;
  const restorable = await trail.time("vault", () => findRestorable(call, ruling, way));
  if (restorable && "outcome" in restorable) return restorable;
  const { scan } = ruling;
  const tokens = restorable && new Set(restorable.values.keys());
  const inspected = await trail.time("arguments", () =>
    inspectArguments(call, { scan, ...(tokens && { tokens }) }, way),
  );
  if (inspected.kind === "ended") return inspected;
  const { call: sent, demand: scanner } = inspected;
  const restored = restorable && (await restoreValues(sent, { restorable, ruling }, way));
  if (restored && "outcome" in restored) return restored;
  const flows = await CallFlows.of(sent, ruling, gateway);
  if (!flows) return { sent, restored, demands: { scanner, flow: undefined }, flows };
  if ("outcome" in flows) return flows;
  const flow = await trail.time("flows", () => flows.judge(ruling, trail));
  return flow && "outcome" in flow ? flow : { sent, restored, demands: { scanner, flow }, flows };
}

/** Whether nothing asks for people. */
export function isEmpty({ scanner, flow }: Demands): boolean {
  return scanner === undefined && flow === undefined;
}

/** What scanner and flows ask of people, about a call that the rules allow. Undefined: of nobody who is known. */
export function demandOfInspection(
  call: ToolCall,
  ruling: Ruling,
  { scanner, flow }: Demands,
): ApproveDecision | undefined {
  const byFlow = demandOfFlow(ruling, flow);
  if (scanner === undefined) return byFlow;
  const approval = call.config.policy.approvals.get(ruling.scan.approval ?? "");
  const { operations } = ruling.decision;
  const rule = "scanning";
  return (
    approval &&
    stricterOf({ effect: "approve", approval, rule, reason: scanner, operations }, byFlow).decision
  );
}

export function demandOfFlow(
  { decision: { operations } }: Ruling,
  flow: HeldByFlow | undefined,
): ApproveDecision | undefined {
  if (!flow) return undefined;
  const { approval, rule, reason } = flow;
  return { effect: "approve", approval, rule, reason, operations };
}

/** Where a flow asks more people than what holds the call anyway, those decide. */
export function stricterOf(
  decision: ApproveDecision,
  byFlow: ApproveDecision | undefined,
): Pick<HeldCall, "decision" | "byScanner"> {
  const isFlowStricter = byFlow && byFlow.approval.quorum > decision.approval.quorum;
  return isFlowStricter ? { decision: byFlow, byScanner: true } : { decision, byScanner: false };
}
