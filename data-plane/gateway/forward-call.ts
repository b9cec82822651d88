import type { ExecutionEnd } from "../../core/approvals/approval-record.ts";
import type { ScanSettings } from "../../core/policy/compiled-scanning.ts";
import type { ToolCall } from "../call/agent-request.ts";
import { CallCancelled } from "../call/call-cancelled.ts";
import type { Answer, Outcome, PassedAnswer } from "../call/outcome.ts";
import { toStored } from "../call/stored-outcome.ts";
import { isObject } from "../mcp/json-rpc.ts";
import { ask, inspectAsked } from "./ask.ts";
import type { Way } from "./gateway.ts";
import type { Release } from "./held-call.ts";
import { recordIntent } from "./record-intent.ts";
import { toFailure } from "./to-failure.ts";

type Released = Extract<Release, { kind: "released" }>;

/** Records the intent, forwards the call, and inspects what comes back. */
export async function forwardCall(
  call: ToolCall,
  scan: ScanSettings,
  way: Way & { readonly release?: Released },
): Promise<Outcome> {
  const { gateway, trail, release, restored } = way;
  if (restored) trail.restored = restored.types;
  const refusal = await findObstacle(call, way);
  if (refusal) {
    if (release) await giveBack(release, way, refusal.reason);
    return refusal;
  }
  const { call: going, scan: settings } = restored ?? { call, scan };
  const sent = release ? withRight(going, release) : going;
  let outcome: Outcome;
  let state: ExecutionEnd;
  try {
    const asked = await trail.time("upstream", () => ask(sent, settings, way));
    state = endOf(asked.answer);
    outcome = await trail.time("result", () =>
      inspectAsked(asked, { request: call, settings }, way),
    );
    outcome = (await way.flows?.showing(outcome, trail.findings, asked.answer)) ?? outcome;
  } catch (error) {
    outcome = toFailure(error, sent, gateway.log);
    // Whether the upstream acted before it fell silent cannot be known.
    state = "indeterminate";
    if (release && !release.right.hasDeparted) {
      await giveBack(release, way, "the upstream could not be reached");
      return outcome;
    }
  }
  if (release) await finish(release, { outcome, state }, way);
  return outcome;
}

/** What must be true before anything has an effect. */
async function findObstacle(
  call: ToolCall,
  way: Way & { readonly release?: Released },
): Promise<Extract<Outcome, { kind: "unavailable" }> | undefined> {
  const { release, flows, gateway, restored } = way;
  const noted = await Promise.all([recordIntent(call, way), flows?.noteReading()]);
  const unnoted = noted.find((refusal) => refusal !== undefined);
  if (unnoted) return unnoted;
  // It may have waited long for people, or for its record.
  const { principal, upstream } = call;
  const frozen = gateway.freezes.find({ agent: principal.agent, upstream: upstream.name });
  if (frozen !== undefined) return { kind: "unavailable", reason: frozen };
  if (restored && isOutdated(call, way)) {
    const reason = "the policy has changed while this call waited; make the same call again";
    return { kind: "unavailable", reason };
  }
  if (release && !(await release.right.isHeld())) {
    const reason = "this proxy lost the right to run the call, so it did not run it";
    return { kind: "unavailable", reason };
  }
  return undefined;
}

/** A newer policy was asked about the tokens of a call that waited, and not about what they stand for. */
function isOutdated(
  { config }: ToolCall,
  { gateway, release }: Pick<Way, "gateway"> & { readonly release?: Released },
): boolean {
  return release !== undefined && gateway.currentConfig()?.version !== config.version;
}

/** An approved call runs to its end, so that its agent can ask for the outcome: only the agent's own cancel stops it. */
function withRight(call: ToolCall, { right }: Released): ToolCall {
  const cancelled = new AbortController();
  const { signal } = call;
  const onAbort = () => {
    if (signal.reason instanceof CallCancelled) cancelled.abort(signal.reason);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  return { ...call, right, signal: cancelled.signal };
}

/** Nothing was sent: the approval is there for the identical call, and what was counted for this one is taken back. */
async function giveBack({ right, refund }: Released, way: Way, reason: string): Promise<void> {
  noteEnd(way, await way.gateway.approvals.giveBack(right, reason));
  await refund();
}

async function finish(
  { right, keepOutcomeMs }: Released,
  { outcome, state }: { readonly outcome: Outcome; readonly state: ExecutionEnd },
  way: Way,
): Promise<void> {
  const keep = { outcome: toStored(outcome), forMs: keepOutcomeMs };
  const kept = outcome.kind === "cancelled" ? {} : { keep };
  await way.gateway.approvals.conclude(right, { state, ...kept });
  noteEnd(way, state);
}

function noteEnd({ trail }: Way, state: ExecutionEnd | "approved"): void {
  if (trail.approval) trail.approval = { ...trail.approval, state };
}

function endOf(answer: Answer | PassedAnswer): ExecutionEnd {
  if (answer.via === "passed") return answer.isToolError ? "failed" : "succeeded";
  if (answer.via === "resumable-stream") return "indeterminate";
  if (!isObject(answer.message)) return "failed";
  const { error, result } = answer.message;
  const isFailure = error !== undefined || (isObject(result) && result["isError"] === true);
  return isFailure ? "failed" : "succeeded";
}
