import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import { CallCancelled } from "../call/call-cancelled.ts";
import type { Outcome } from "../call/outcome.ts";
import { redactionScopeOf } from "../call/redactor.ts";
import { hasUnseen } from "../call/unseen.ts";
import { withoutSecrets } from "../call/without-secrets.ts";
import { heldApproval, tellEnd } from "./approval-ends.ts";
import { findPolicyChange, findToolChange, isJudgedByNewer, superseded } from "./approval-fit.ts";
import type { Way } from "./gateway.ts";
import type { HeldCall, Release } from "./held-call.ts";
import { offerTask } from "./offer-task.ts";
import { noteApproval, openFitting, supersede } from "./open-approval.ts";
import { reportProgress } from "./report-progress.ts";
import { sealWaiting } from "./resume-waiting.ts";
import type { CallQuota } from "./take-quota.ts";

const keepForTaskMs = 15 * 60_000;

/** What a held call needs on its way: its quota is taken when it is made, not while it waits. */
export interface HoldingWay extends Way {
  readonly quota: Pick<CallQuota, "takeAfterWaiting" | "refund">;
}

/**
 * Holds a call until people decide. Its truth is the durable record, not the open connection:
 * when this wait ends undecided, the identical call attaches to the same record, on any proxy.
 */
export async function holdCall(held: HeldCall, way: HoldingWay): Promise<Release> {
  const { gateway, reply } = way;
  if (held.approved) return await makeApproved(held, held.approved, way);
  const { ruling, sent, findings } = way.trail;
  const isOurs = sent !== undefined && !hasUnseen(findings, "arguments");
  const showing = {
    scans: ruling ? [ruling.scan] : [],
    ...(isOurs && { tokens: "ours" as const }),
  };
  const redactor = gateway.inspector.redactorFor({
    ...showing,
    scope: redactionScopeOf(held.asked),
    to: "people",
  });
  const shown = redactor.redact(shownOf(held, way));
  if (!canBeShown(shown)) {
    const reason =
      "its arguments are too large to be shown to the people who would have to approve";
    return ended({ kind: "blocked", reason });
  }
  let record: ApprovalRecord;
  try {
    const opened = await openFitting(held, shown, way);
    if ("outcome" in opened) return ended(opened.outcome);
    record = opened.record;
  } catch (error) {
    gateway.log.error({ err: error, callId: held.asked.callId }, "no approval could be opened");
    return ended({ kind: "unavailable", reason: "approvals cannot be recorded now" });
  }
  if (held.state && held.state.identity !== record.identity) {
    return ended({ kind: "bad-request-state" });
  }
  const task = await offerTask(held, record, way);
  if (task) return ended(task);
  reply.openStream();
  const stopProgress = reportProgress(held.asked, reply, `waiting for approval ${record.id}`);
  try {
    return await follow(held, record, way);
  } finally {
    stopProgress();
  }
}

/** Goes on with the call of an approval, as its task asks: it waits for nobody, and opens nothing new. */
async function makeApproved(
  held: HeldCall,
  record: ApprovalRecord,
  way: HoldingWay,
): Promise<Release> {
  if (way.gateway.approvals.isOf(record, held.sent)) return await follow(held, record, way, 0);
  const change = superseded(record, "the call would be sent otherwise than it was approved");
  return ended(await applyChange(held, record, { change, way }));
}

/** One leg of waiting. */
interface Leg {
  readonly held: HeldCall;
  readonly way: HoldingWay;
  /** By performance.now(). */
  readonly endsAt: number;
  /** The policy version by which the approval was judged last. */
  judgedBy: number | undefined;
}

type Step = { readonly record: ApprovalRecord } | { readonly release: Release };

/** Goes along with the record until it has ended, or this leg of waiting has. */
async function follow(
  held: HeldCall,
  opened: ApprovalRecord,
  way: HoldingWay,
  forMs = held.decision.approval.holdForMs,
): Promise<Release> {
  const endsAt = performance.now() + forMs;
  const leg: Leg = { held, way, endsAt, judgedBy: held.asked.config.version };
  let step: Step = { record: opened };
  while ("record" in step) step = await goOn(leg, step.record);
  return step.release;
}

async function goOn(leg: Leg, record: ApprovalRecord): Promise<Step> {
  const { held, way } = leg;
  const { gateway } = way;
  noteApproval(way, record);
  if (held.asked.signal.reason instanceof CallCancelled) {
    return endsWith(await cancel(held, record, way));
  }
  // An agent whose connection is gone is not there to execute: its next try is.
  const isGone = held.asked.connection.aborted || gateway.stopping.aborted;
  if (!isWaiting(record)) return endsWith(await tellEnd(held.asked, record, gateway));
  if (record.state === "approved" && !isGone) return await begin(leg, record);
  const isOver = isGone || performance.now() >= leg.endsAt;
  if (isOver) return endsWith(await pending(held, record, way));
  return await waitOn(leg, record);
}

async function waitOn(leg: Leg, record: ApprovalRecord): Promise<Step> {
  const { held, way } = leg;
  const { gateway } = way;
  const isStale = () => gateway.currentConfig()?.version !== leg.judgedBy;
  const changed = await gateway.approvals.wait(record.id, {
    whileState: record.state,
    waitMs: leg.endsAt - performance.now(),
    signals: [held.asked.signal, held.asked.connection],
    isStale,
  });
  if (changed || !isStale()) return { record: changed ?? record };
  leg.judgedBy = gateway.currentConfig()?.version;
  const change = await judgeAgain(held, record, way);
  return change ? endsWith(change) : { record };
}

/** Begins the execution, unless somebody else has. */
async function begin({ held, way }: Leg, record: ApprovalRecord): Promise<Step> {
  const released = await release(held, record, way);
  if (released) return { release: released };
  const now = await way.gateway.approvals.get(record.id);
  // Nobody has the right, and nobody can have it: the time to begin is over.
  return now && now.state !== "approved" ? { record: now } : endsWith(lapsed(record));
}

function endsWith(outcome: Outcome): Step {
  return { release: ended(outcome) };
}

/** Undefined: somebody else has the right by now, or nobody can have it any more. */
async function release(
  held: HeldCall,
  record: ApprovalRecord,
  way: HoldingWay,
): Promise<Release | undefined> {
  const { gateway } = way;
  const change =
    findPolicyChange(held, record, gateway) ?? (await findToolChange(held, record, gateway));
  if (change) return ended(await applyChange(held, record, { change, way }));
  // The approval stays where a limit refuses: the agent comes back when there is room.
  const refusal = await way.quota.takeAfterWaiting();
  if (refusal) return ended(refusal);
  const claim = await gateway.approvals.claim(record.id);
  if (claim.kind !== "claimed") await way.quota.refund();
  if (claim.kind === "refused") return undefined;
  if (claim.kind === "unreplicated") {
    const reason = "that this call begins could not be recorded safely, so it did not run";
    return ended({ kind: "unavailable", reason });
  }
  noteApproval(way, { ...record, state: "executing" });
  // The agent asks its task for the outcome, which identical calls need not get.
  const keepOutcomeMs = Math.max(record.keepOutcomeMs, held.approved ? keepForTaskMs : 0);
  const refund = () => way.quota.refund();
  return { kind: "released", right: claim.right, record, keepOutcomeMs, refund };
}

/** A newer policy came while people think. */
async function judgeAgain(held: HeldCall, record: ApprovalRecord, way: Way) {
  const { gateway } = way;
  const version = gateway.currentConfig()?.version;
  if (record.state !== "pending" || version === undefined) return undefined;
  if (isJudgedByNewer(record, version)) return undefined;
  const change = findPolicyChange(held, record, gateway);
  if (change) return await applyChange(held, record, { change, way });
  await gateway.approvals.confirm(record.id, version);
  return undefined;
}

async function applyChange(
  held: HeldCall,
  record: ApprovalRecord,
  { change, way }: { readonly change: Outcome; readonly way: Way },
): Promise<Outcome> {
  if (change.kind === "approval-superseded" || change.kind === "denied") {
    await supersede(held, { record, reason: change.reason }, way);
  }
  return change;
}

async function cancel({ asked }: HeldCall, record: ApprovalRecord, way: Way): Promise<Outcome> {
  const { approvals, audit } = way.gateway;
  const isOurs = record.state === "pending";
  if (isOurs && (await approvals.cancel(record.id, asked.principal.agent))) {
    noteApproval(way, { ...record, state: "cancelled" });
    await audit.approval("approval.cancelled", asked, way.trail);
  }
  return { kind: "cancelled" };
}

async function pending(held: HeldCall, record: ApprovalRecord, way: Way): Promise<Outcome> {
  const { gateway } = way;
  await gateway.approvals.countWait(record.id);
  const requestState = sealWaiting(held, record, gateway);
  const approval = heldApproval(record);
  return { kind: "pending", approval, ...(requestState !== undefined && { requestState }) };
}

function lapsed(record: ApprovalRecord): Outcome {
  return { kind: "approval-expired", approval: { ...heldApproval(record), state: "lapsed" } };
}

function isWaiting({ state }: ApprovalRecord): boolean {
  return state === "pending" || state === "approved" || state === "executing";
}

/**
 * What people are shown: the arguments, and what the agent answered an upstream with. Secrets that were read before stand
 * there only where records have them, too.
 */
function shownOf({ asked, sent }: HeldCall, { trail }: Way): unknown {
  const { inputResponses } = sent.message.params ?? {};
  const said =
    inputResponses === undefined ? sent.arguments : { arguments: sent.arguments, inputResponses };
  const isWhole = asked.config.policy.audit.arguments === "full";
  return isWhole ? said : withoutSecrets(said, trail.withheld);
}

const maxShownLength = 256 * 1024;

/** Nobody can approve what was not shown to them whole. */
function canBeShown(shown: unknown): boolean {
  return typeof shown === "object" && JSON.stringify(shown).length <= maxShownLength;
}

function ended(outcome: Outcome): Release {
  return { kind: "ended", outcome };
}
