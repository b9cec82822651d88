import { consult, type Ruling } from "../../core/policy/decide.ts";
import { type Call, factsOf } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import type { Reply } from "../call/reply.ts";
import { Trail } from "../call/trail.ts";
import { type Asked, ask, inspectAsked } from "./ask.ts";
import { BesideFlows } from "./beside-flows.ts";
import { CallFlows, contentOf } from "./call-flows.ts";
import { findFreeze } from "./find-freeze.ts";
import { findLackingScopes } from "./find-lacking-scopes.ts";
import { findRequestQuarantine } from "./find-quarantine.ts";
import type { Gateway, Way } from "./gateway.ts";
import { handleTask, isAboutHeldTask } from "./handle-task.ts";
import { inspectParameters } from "./inspect-parameters.ts";
import { showTasks } from "./offer-task.ts";
import { passing } from "./passing.ts";
import { recordIntent } from "./record-intent.ts";
import { CallQuota } from "./take-quota.ts";
import { toFailure } from "./to-failure.ts";
import { withRules } from "./with-rules.ts";
import { holdsDefinitions, withhold } from "./withhold-definitions.ts";
import { withholdRoots } from "./withhold-roots.ts";
import { withholdSubscriptions } from "./withhold-subscriptions.ts";

/**
 * Takes every other request (lists, prompts, resources, the handshake, methods of tomorrow) the same way
 * as a tool call with fewer steps, and records how it ended.
 */
export async function handleRequest(call: Call, gateway: Gateway, reply: Reply): Promise<Outcome> {
  const trail = new Trail();
  let outcome: Outcome;
  try {
    const asked = withholdSubscriptions(withholdRoots(call));
    outcome = withRules(await passThrough(asked, { gateway, reply, trail }), trail);
  } catch (error) {
    gateway.log.error({ err: error, callId: call.callId }, "a request crashed");
    outcome = { kind: "crashed" };
  }
  // Asking how a call stands is no act of its own: the call that it leads to has its own record.
  if (outcome.kind !== "task") await gateway.audit.outcome(call, trail, outcome);
  return outcome;
}

async function passThrough(call: Call, way: Way): Promise<Outcome> {
  const { trail } = way;
  const facts = factsOf(call, call.subject, call.message.params);
  const ruling = await trail.time("policy", () => consult(call.config.policy, facts));
  const frozen = findFreeze(call, ruling, way.gateway);
  const denial = frozen?.outcome ?? findDenial(call, ruling) ?? findLackingScopes(call, ruling);
  trail.ruling = frozen?.ruling ?? (denial ? ruling : passing(ruling));
  if (denial) return denial;

  const quota = new CallQuota(call, way);
  try {
    const refusal = await trail.time("limits", () => quota.take(ruling));
    if (refusal) return refusal;
    if (isAboutHeldTask(call, way.gateway)) return await handleTask(call, way);
    return await execute(call, ruling, way);
  } finally {
    quota.end();
  }
}

/** The way of a request that may be made as far as rules and limits go. */
async function execute(call: Call, ruling: Ruling, way: Way): Promise<Outcome> {
  const { gateway, trail } = way;
  const quarantine = await trail.time("definition", () => findRequestQuarantine(call, way));
  if (quarantine) return quarantine;
  const inspected = await trail.time("arguments", () => inspectParameters(call, ruling.scan, way));
  if (inspected.kind === "ended") return inspected.outcome;
  const watched = await watchFlows(inspected.call, ruling, way);
  if ("outcome" in watched) return watched.outcome;
  const onward = { ...way, ...watched };
  const unready = await prepare(call, onward);
  if (unready) return unready;
  let asked: Asked;
  try {
    asked = await trail.time("upstream", () => ask(inspected.call, ruling.scan, onward));
  } catch (error) {
    return toFailure(error, call, gateway.log);
  }
  const outcome = await trail.time("result", () => show(call, asked, ruling, way));
  const unshown = await noteBeside(call, outcome, way);
  if (unshown) return unshown;
  return (await onward.flows?.showing(outcome, trail.findings, asked.answer)) ?? outcome;
}

/** What of the request goes together with what was read before. */
async function watchFlows(
  call: Call,
  ruling: Ruling,
  { gateway, trail }: Way,
): Promise<{ readonly flows?: CallFlows } | { readonly outcome: Outcome }> {
  const beside = BesideFlows.of(call, call.message.method, gateway.flows);
  const leak = /^resources\//.test(call.message.method)
    ? undefined
    : await beside?.judge(call.message, ruling, trail);
  if (leak !== undefined) return { outcome: { kind: "blocked", reason: leak } };
  const flows = await CallFlows.of(call, ruling, gateway);
  if (!flows || "outcome" in flows) return flows ?? {};
  const refusal = await flows.judgeUnheld(ruling, trail);
  return refusal ? { outcome: refusal } : { flows };
}

/** What is shown of an upstream's own tasks leaves traces as the results of calls do. */
async function noteBeside(
  call: Call,
  outcome: Outcome,
  { gateway, trail }: Way,
): Promise<Outcome | undefined> {
  if (outcome.kind !== "answered" || !telling.test(call.message.method)) return undefined;
  const { answer } = outcome;
  const said = "message" in answer ? contentOf(answer.message) : undefined;
  const beside = BesideFlows.of(call, call.message.method, gateway.flows);
  const refusal = await beside?.noteShown({ value: said, said }, trail.findings);
  return refusal && { kind: "blocked", ...refusal };
}

const telling = /^tasks\//;

/** What must be written down before it is asked. */
async function prepare(call: Call, way: Way): Promise<Outcome | undefined> {
  const unrecorded = mayHaveEffect(call) ? await recordIntent(call, way) : undefined;
  return unrecorded ?? (await way.flows?.noteReading());
}

/** What this agent may see of it. */
async function show(call: Call, asked: Asked, { scan }: Ruling, way: Way): Promise<Outcome> {
  const at = { request: call, settings: scan };
  const { method } = call.message;
  if (asked.answer.via === "passed" || !holdsDefinitions(method)) {
    return await inspectAsked(asked, at, way);
  }
  const withheld = await withhold(call, asked.answer, way);
  if (withheld.kind === "ended") return withheld.outcome;
  const answer = method === "server/discover" ? showTasks(call, withheld.answer) : withheld.answer;
  return await inspectAsked({ ...asked, answer }, at, way);
}

/**
 * Prompts and resources need a rule that allows them. Methods that name neither (the handshake, lists,
 * those this release does not know) pass unless a rule denies them: what they show is filtered or harmless,
 * and what they do is between the agent and an upstream that its route leads to.
 */
function findDenial(call: Call, { decision }: Ruling): Outcome | undefined {
  if (decision.effect === "allow") return undefined;
  if (call.subject.kind === "method") {
    const isDenied = decision.effect === "deny" && decision.rule !== undefined;
    return isDenied ? denied(decision.rule, decision.reason) : undefined;
  }
  return decision.effect === "deny"
    ? denied(decision.rule, decision.reason)
    : denied(decision.rule, "it needs an approval, and only tool calls can be held for one");
}

/** Requests that only look, or that open and close: their outcome alone is recorded. */
const harmless =
  /^(initialize|ping|server\/discover|logging\/setLevel|completion\/complete|subscriptions\/listen|[a-z/]+\/list)$/;

function mayHaveEffect({ message }: Call): boolean {
  return !harmless.test(message.method);
}

function denied(rule: string | undefined, reason: string): Outcome {
  return { kind: "denied", rule, reason };
}
