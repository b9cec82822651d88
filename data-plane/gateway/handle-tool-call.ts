import { consult, type Ruling } from "../../core/policy/decide.ts";
import { factsOf, type ToolCall } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import type { Reply } from "../call/reply.ts";
import { Trail } from "../call/trail.ts";
import { findLackingScopes } from "./find-lacking-scopes.ts";
import { forwardCall } from "./forward-call.ts";
import type { Gateway, Way } from "./gateway.ts";
import { type HoldingWay, holdCall } from "./hold-call.ts";
import { inspectArguments } from "./inspect-arguments.ts";
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
  await gateway.audit.outcome(call, trail, outcome);
  return outcome;
}

/** The whole way of a call. Each step may end it. */
async function passThrough(call: ToolCall, way: Way): Promise<Outcome> {
  const { trail } = way;
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
    const isHeld = decision.effect === "approve";
    const refusal = await trail.time("limits", () =>
      isHeld ? quota.look(ruling) : quota.take(ruling),
    );
    return refusal ?? (await execute(call, ruling, { ...way, quota }));
  } finally {
    quota.end();
  }
}

/** The way of a call that may be made as far as rules and limits go. */
async function execute(call: ToolCall, ruling: Ruling, way: HoldingWay): Promise<Outcome> {
  const { trail } = way;
  const { decision } = ruling;
  const inspected = await trail.time("arguments", () => inspectArguments(call, ruling.scan, way));
  if (inspected.kind === "ended") return inspected.outcome;

  const release =
    decision.effect === "approve"
      ? await trail.time("approval", () => holdCall(call, decision, way))
      : undefined;
  if (release?.kind === "ended") return release.outcome;

  return await forwardCall(inspected.call, ruling.scan, {
    ...way,
    ...(release && { approvalId: release.approvalId }),
  });
}
