import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import { consult, type Ruling } from "../../core/policy/decide.ts";
import type { WaitingState } from "../approvals/waiting-state.ts";
import { factsOf, type ToolCall } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import type { Reply } from "../call/reply.ts";
import { Trail } from "../call/trail.ts";
import { noDemand, superseded } from "./approval-fit.ts";
import { findFreeze } from "./find-freeze.ts";
import { findLackingScopes } from "./find-lacking-scopes.ts";
import { findQuarantine } from "./find-quarantine.ts";
import { forwardCall } from "./forward-call.ts";
import type { Gateway, Way } from "./gateway.ts";
import type { HeldCall } from "./held-call.ts";
import { type HoldingWay, holdCall } from "./hold-call.ts";
import {
  demandOfFlow,
  demandOfInspection,
  inspectCall,
  isEmpty,
  stricterOf,
} from "./inspect-call.ts";
import { supersede } from "./open-approval.ts";
import { resumeWaiting } from "./resume-waiting.ts";
import { CallQuota } from "./take-quota.ts";
import { withRules } from "./with-rules.ts";
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
  return await handle({ call, approved: undefined }, gateway, reply);
}

/** The same for the call of a task, on the approval that its agent holds. */
export async function handleApprovedCall(
  call: ToolCall,
  approved: ApprovalRecord,
  gateway: Gateway,
  reply: Reply,
): Promise<Outcome> {
  return await handle({ call, approved }, gateway, reply);
}

interface Came {
  readonly call: ToolCall;
  /** The approval that a task brings. */
  readonly approved: ApprovalRecord | undefined;
}

async function handle({ call, approved }: Came, gateway: Gateway, reply: Reply): Promise<Outcome> {
  const trail = new Trail();
  let outcome: Outcome;
  try {
    const asked = withholdRoots(call);
    outcome = withRules(
      await passThrough({ call: asked, approved }, { gateway, reply, trail }),
      trail,
    );
  } catch (error) {
    gateway.log.error({ err: error, callId: call.callId }, "a call crashed");
    outcome = { kind: "crashed" };
  }
  // Waiting for people is recorded once, when it begins; the record of the approval counts the rest.
  if (outcome.kind !== "pending" && outcome.kind !== "task")
    await gateway.audit.outcome(call, trail, outcome);
  return outcome;
}

/** The whole way of a call. Each step may end it. */
async function passThrough({ call: asked, approved }: Came, way: Way): Promise<Outcome> {
  const { trail } = way;
  const resumed = resumeWaiting(asked, way.gateway);
  if (resumed.kind === "refused") return { kind: "bad-request-state" };
  const { call, state } = resumed;
  const facts = factsOf(call, call.subject, call.arguments);
  const ruling = await trail.time("policy", () => consult(call.config.policy, facts));
  const frozen = findFreeze(call, ruling, way.gateway);
  trail.ruling = frozen?.ruling ?? ruling;
  if (frozen) return frozen.outcome;
  const { decision } = ruling;
  if (decision.effect === "deny") {
    return { kind: "denied", rule: decision.rule, reason: decision.reason };
  }
  const lacking = findLackingScopes(call, ruling);
  if (lacking) return lacking;

  const quota = new CallQuota(call, way);
  try {
    const waits = state !== undefined || approved !== undefined;
    const refusal = await trail.time("limits", () => askQuota(quota, ruling, waits));
    // Whoever repeats a call that is held waits on, also when nothing is left for another.
    const mayWait = decision.effect === "approve" && !waits;
    if (refusal && !mayWait) return refusal;
    return await execute({ call, approved, state, refusal }, ruling, { ...way, quota });
  } finally {
    quota.end();
  }
}

/** Who comes back to wait on, or with an approval, was looked at when the wait began. */
function askQuota(quota: CallQuota, ruling: Ruling, waits: boolean): Promise<Outcome | undefined> {
  if (ruling.decision.effect !== "approve") return quota.take(ruling);
  return waits ? quota.wait(ruling) : quota.look(ruling);
}

interface Asked extends Came {
  readonly state: WaitingState | undefined;
  /** Of the limits, of a call that may only wait on. */
  readonly refusal: Outcome | undefined;
}

/** The way of a call that may be made as far as rules and limits go. */
async function execute(
  { call, approved, state, refusal }: Asked,
  ruling: Ruling,
  way: HoldingWay & { readonly quota: Pick<CallQuota, "wait"> },
): Promise<Outcome> {
  const { trail } = way;
  const { decision } = ruling;
  const quarantine = await trail.time("definition", () => findQuarantine(call, ruling.scan, way));
  if (quarantine) return quarantine;
  const inspected = await inspectCall(call, ruling, way);
  if ("outcome" in inspected) return inspected.outcome;

  const { sent, restored, demands, flows } = inspected;
  const onward = { ...way, ...(flows && { flows }), ...(restored && { restored }) };
  const parts = { asked: call, sent, state, ...(approved && { approved }) };
  if (decision.effect === "approve") {
    const held = { ...parts, ...stricterOf(decision, demandOfFlow(ruling, demands.flow)) };
    const over = refusal && (await refuseUnlessHeld(held, { refusal, ruling }, way));
    return over ?? (await hold(held, ruling, onward));
  }
  if (isEmpty(demands)) {
    if (approved) return await notDemanded({ asked: call, approved }, way);
    return await forwardCall(sent, ruling.scan, onward);
  }
  const demanded = demandOfInspection(call, ruling, demands);
  if (!demanded) return { kind: "blocked", reason: "nobody is named who could approve this" };
  // It was counted as a call that runs. It waits instead, and is counted when it runs.
  await way.quota.refund();
  return await hold({ ...parts, decision: demanded, byScanner: true }, ruling, onward);
}

/** An approval that nobody asks for any more lets nothing run: the agent can simply make the call. */
async function notDemanded(
  { asked, approved }: { readonly asked: ToolCall; readonly approved: ApprovalRecord },
  way: HoldingWay,
): Promise<Outcome> {
  await way.quota.refund();
  await supersede({ asked }, { record: approved, reason: noDemand }, way);
  return superseded(approved, noDemand);
}

/** The way of a call that people must decide first. */
async function hold(held: HeldCall, ruling: Ruling, way: HoldingWay): Promise<Outcome> {
  const release = await way.trail.time("approval", () => holdCall(held, way));
  if (release.kind === "ended") return await tellNoted(release.outcome, way);
  return await forwardCall(held.sent, ruling.scan, { ...way, release });
}

/** What was kept of an earlier call is read now: perhaps by a session that read nothing else. */
async function tellNoted(outcome: Outcome, { flows }: Way): Promise<Outcome> {
  if (outcome.kind !== "answered") return outcome;
  return (await flows?.noteReading()) ?? (await flows?.showing(outcome, [], undefined)) ?? outcome;
}

/** What becomes of a call that the limits refuse: where an identical one is held, it waits with that. */
async function refuseUnlessHeld(
  { sent }: HeldCall,
  { refusal, ruling }: { readonly refusal: Outcome; readonly ruling: Ruling },
  { gateway, quota }: HoldingWay & { readonly quota: Pick<CallQuota, "wait"> },
): Promise<Outcome | undefined> {
  try {
    return (await gateway.approvals.isHeld(sent)) ? await quota.wait(ruling) : refusal;
  } catch (error) {
    gateway.log.error({ err: error, callId: sent.callId }, "no approval could be looked up");
    return refusal;
  }
}
