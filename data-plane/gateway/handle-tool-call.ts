import { consult, type Ruling } from "../../core/policy/decide.ts";
import type { ApproveDecision } from "../approvals/approval-gate.ts";
import type { WaitingState } from "../approvals/waiting-state.ts";
import { factsOf, type ToolCall } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import type { Reply } from "../call/reply.ts";
import { Trail } from "../call/trail.ts";
import { findLackingScopes } from "./find-lacking-scopes.ts";
import { forwardCall } from "./forward-call.ts";
import type { Gateway, Way } from "./gateway.ts";
import type { HeldCall } from "./held-call.ts";
import { type HoldingWay, holdCall } from "./hold-call.ts";
import { inspectArguments } from "./inspect-arguments.ts";
import { resumeWaiting } from "./resume-waiting.ts";
import { CallQuota } from "./take-quota.ts";
import { withholdRoots } from "./withhold-roots.ts";

/**
 * Takes a tools/call through the gateway and records how it ended, whatever happens.
 * The answer waits for its record: what is not recorded is not told.
 */
export async function handleToolCall(
  call: ToolCall,
  gateway: Gateway,
  reply: Reply,
): Promise<Outcome> {
  const trail = new Trail();
  let outcome: Outcome;
  try {
    outcome = await passThrough(withholdRoots(call), { gateway, reply, trail });
  } catch (error) {
    gateway.log.error({ err: error, callId: call.callId }, "a call crashed");
    outcome = { kind: "crashed" };
  }
  // Waiting for people is recorded once, when it begins; the record of the approval counts the rest.
  if (outcome.kind !== "pending") await gateway.audit.outcome(call, trail, outcome);
  return outcome;
}

/** The whole way of a call. Each step may end it. */
async function passThrough(asked: ToolCall, way: Way): Promise<Outcome> {
  const { trail } = way;
  const resumed = resumeWaiting(asked, way.gateway);
  if (resumed.kind === "refused") return { kind: "bad-request-state" };
  const { call, state } = resumed;
  const facts = factsOf(call, call.subject, call.arguments);
  const ruling = await trail.time("policy", () => consult(call.config.policy, facts));
  trail.ruling = ruling;
  const { decision } = ruling;
  if (decision.effect === "deny") {
    return { kind: "denied", rule: decision.rule, reason: decision.reason };
  }
  const lacking = findLackingScopes(call, ruling);
  if (lacking) return lacking;

  const quota = new CallQuota(call, way);
  try {
    // Who comes back to wait on was looked at when the wait began.
    const refusal =
      decision.effect === "approve" && state
        ? undefined
        : await trail.time("limits", () =>
            decision.effect === "approve" ? quota.look(ruling) : quota.take(ruling),
          );
    return refusal ?? (await execute({ call, state }, ruling, { ...way, quota }));
  } finally {
    quota.end();
  }
}

/** The way of a call that may be made as far as rules and limits go. */
async function execute(
  { call, state }: { readonly call: ToolCall; readonly state: WaitingState | undefined },
  ruling: Ruling,
  way: HoldingWay,
): Promise<Outcome> {
  const { trail } = way;
  const { decision } = ruling;
  const inspected = await trail.time("arguments", () => inspectArguments(call, ruling.scan, way));
  if (inspected.kind === "ended") return inspected.outcome;

  const { demand } = inspected;
  if (decision.effect === "approve") {
    const held = { asked: call, sent: inspected.call, decision, byScanner: false, state };
    return await hold(held, ruling, way);
  }
  if (demand === undefined) return await forwardCall(inspected.call, ruling.scan, way);
  const demanded = demandOfScanner(call, ruling, demand);
  if (!demanded) return { kind: "blocked", reason: "nobody is named who could approve this" };
  // It was counted as a call that runs. It waits instead, and is counted when it runs.
  await way.quota.refund();
  const held = { asked: call, sent: inspected.call, decision: demanded, byScanner: true, state };
  return await hold(held, ruling, way);
}

/** The way of a call that people must decide first. */
async function hold(held: HeldCall, ruling: Ruling, way: HoldingWay): Promise<Outcome> {
  const release = await way.trail.time("approval", () => holdCall(held, way));
  if (release.kind === "ended") return release.outcome;
  return await forwardCall(held.sent, ruling.scan, { ...way, release });
}

/** What the scanner asks of people, about a call that the rules allow. */
function demandOfScanner(
  call: ToolCall,
  { decision, scan }: Ruling,
  reason: string,
): ApproveDecision | undefined {
  const approval = call.config.policy.approvals.get(scan.approval ?? "");
  const { operations } = decision;
  return approval && { effect: "approve", approval, rule: "scanning", reason, operations };
}
