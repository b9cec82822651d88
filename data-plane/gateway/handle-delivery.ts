import { consult, type Ruling } from "../../core/policy/decide.ts";
import { type AgentRequest, factsOf, type MessageRequest } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import type { Reply } from "../call/reply.ts";
import { Trail } from "../call/trail.ts";
import { newCarry } from "../inspection/carry.ts";
import { isReceipt, type Receipt } from "../upstreams/forwarder.ts";
import { BesideFlows } from "./beside-flows.ts";
import { findFreeze } from "./find-freeze.ts";
import type { Gateway, Way } from "./gateway.ts";
import { refusalOf, relayEvent } from "./inspect-answer.ts";
import { inspectDelivery, inspectReceipt } from "./inspect-delivery.ts";
import { passing } from "./passing.ts";
import { scanNow } from "./standing.ts";
import { toFailure } from "./to-failure.ts";
import { speaksOfRoots } from "./withhold-roots.ts";

/** How something without an answer of its own ended. */
export type DeliveryOutcome =
  | { readonly kind: "delivered"; readonly receipt: Receipt }
  /** The stream was open and has ended. */
  | { readonly kind: "streamed" }
  | Outcome;

type DeliveryWay = Pick<Way, "gateway" | "trail">;

/** Delivers a notification, an agent's answer to the upstream, or the end of a session (DELETE). */
export async function handleDelivery(
  request: MessageRequest | AgentRequest,
  gateway: Gateway,
): Promise<DeliveryOutcome> {
  const { ruling, denial } = judge(request, gateway);
  const way = { gateway, trail: new Trail() };
  const outcome = denial ?? (await deliver({ request, ruling }, way));
  await record({ request, ruling }, outcome, way);
  return outcome;
}

/** Opens the stream of what the upstream says on its own, and passes it on until either side ends it. */
export async function handleStream(
  request: AgentRequest,
  gateway: Gateway,
  reply: Reply,
): Promise<DeliveryOutcome> {
  const { ruling, denial } = judge(request, gateway);
  const way = { gateway, trail: new Trail(), reply };
  const outcome = denial ?? (await stream({ request, ruling }, way));
  if (outcome.kind !== "streamed") await record({ request, ruling }, outcome, way);
  return outcome;
}

/** What somebody asked, and what the policy said of it. */
interface Judged {
  readonly request: MessageRequest | AgentRequest;
  readonly ruling: Ruling;
}

async function deliver({ request, ruling }: Judged, way: DeliveryWay): Promise<DeliveryOutcome> {
  const settings = ruling.scan;
  try {
    const said = "body" in request ? await inspectDelivery(request, settings, way) : undefined;
    const leak = "body" in request ? await findLeak({ request, ruling }, way) : undefined;
    const reason = said?.reason ?? leak?.reason;
    if (leak && !leak.body) return { kind: "blocked", reason: leak.reason };
    if (reason !== undefined && !said?.body) return { kind: "blocked", reason };
    const receipt = await way.gateway.forwarder.deliver(request, leak?.body ?? said?.body);
    if (request.httpMethod === "DELETE" && request.config.policy.scanning.vault) {
      await way.gateway.vault.forget(request);
    }
    if (reason !== undefined) return { kind: "blocked", reason };
    const seen = await inspectReceipt(receipt, { request, settings }, way);
    return { kind: "delivered", receipt: seen };
  } catch (error) {
    return toFailure(error, request, way.gateway.log);
  }
}

/** What flows do not let go, and what goes in its place: a server that asked would wait for ever. */
async function findLeak(
  { request, ruling }: Judged & { readonly request: MessageRequest },
  { gateway, trail }: DeliveryWay,
): Promise<{ readonly reason: string; readonly body?: Buffer } | undefined> {
  const { message } = request;
  const beside = BesideFlows.of(request, methodOf(request), gateway.flows);
  const reason = await beside?.judge(message, ruling, trail);
  if (reason === undefined) return undefined;
  return "method" in message ? { reason } : { reason, body: refusalOf(message.id) };
}

async function stream(
  { request, ruling }: Judged,
  { gateway, trail, reply }: Way,
): Promise<DeliveryOutcome> {
  const scan = scanNow(request, subjectOf(request), gateway);
  try {
    const opened = await gateway.forwarder.openStream(request);
    if (isReceipt(opened)) {
      const asked = { request, settings: scan() };
      const receipt = await inspectReceipt(opened, asked, { gateway, trail });
      return { kind: "delivered", receipt };
    }
    // Recorded when it begins: it may stay open for days.
    await gateway.audit.request(request, { outcome: "stream-opened", ruling });
    reply.openStream(opened.headers);
    const carry = newCarry();
    const flows = BesideFlows.of(request, methodOf(request), gateway.flows);
    const onward = { gateway, trail, reply, ...(flows && { flows }) };
    for await (const item of opened.events) {
      await relayEvent(item, { request, scan: scan(), carry }, onward);
    }
  } catch (error) {
    const failure = toFailure(error, request, gateway.log);
    if (failure.kind !== "cancelled") return failure;
  }
  return { kind: "streamed" };
}

/** A rule that denies the agent everything here, or this method, ends it. */
function judge(
  request: AgentRequest | MessageRequest,
  gateway: Pick<Gateway, "freezes">,
): {
  readonly ruling: Ruling;
  readonly denial?: Extract<Outcome, { kind: "denied" }>;
} {
  const ruling = consult(request.config.policy, factsOf(request, subjectOf(request), undefined));
  const frozen = findFreeze(request, ruling, gateway);
  if (frozen) return { ruling: frozen.ruling, denial: frozen.outcome };
  const { decision } = ruling;
  if (!request.upstream.acceptsRoots && speaksOfRoots(request)) {
    const reason = "this upstream takes no roots from agents";
    const { operations } = decision;
    const refusing = { effect: "deny", rule: undefined, reason, operations } as const;
    return {
      ruling: { ...ruling, decision: refusing },
      denial: { kind: "denied", rule: undefined, reason },
    };
  }
  if (decision.effect !== "deny" || decision.rule === undefined) {
    return { ruling: passing(ruling) };
  }
  const reason = decision.reason || `the rule ${decision.rule} denies it`;
  return { ruling, denial: { kind: "denied", rule: decision.rule, reason } };
}

function methodOf(request: AgentRequest | MessageRequest): string {
  const message = "message" in request ? request.message : undefined;
  const method = message && "method" in message ? message.method : undefined;
  return method ?? `HTTP ${request.httpMethod}`;
}

function subjectOf(request: AgentRequest | MessageRequest) {
  return { kind: "method" as const, name: methodOf(request) };
}

async function record(
  { request, ruling }: Judged,
  outcome: DeliveryOutcome,
  { gateway, trail }: DeliveryWay,
): Promise<void> {
  const reason = "reason" in outcome ? { reason: outcome.reason } : {};
  const word =
    outcome.kind === "delivered" ? `delivered (${outcome.receipt.status})` : outcome.kind;
  const { findings } = trail;
  await gateway.audit.request(request, { outcome: word, ...reason, ruling, findings });
}
