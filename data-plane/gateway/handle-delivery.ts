import { consult, type Ruling } from "../../core/policy/decide.ts";
import { type AgentRequest, factsOf, type MessageRequest } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import type { Reply } from "../call/reply.ts";
import { Trail } from "../call/trail.ts";
import { isReceipt, type Receipt } from "../upstreams/forwarder.ts";
import type { Gateway } from "./gateway.ts";
import { relayEvent } from "./inspect-answer.ts";
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

/** Delivers a notification, an agent's answer to the upstream, or the end of a session (DELETE). */
export async function handleDelivery(
  request: MessageRequest | AgentRequest,
  gateway: Gateway,
): Promise<DeliveryOutcome> {
  const { ruling, denial } = judge(request);
  const outcome = denial ?? (await deliver(request, gateway));
  await record({ request, ruling }, outcome, gateway);
  return outcome;
}

/** Opens the stream of what the upstream says on its own, and passes it on until either side ends it. */
export async function handleStream(
  request: AgentRequest,
  gateway: Gateway,
  reply: Reply,
): Promise<DeliveryOutcome> {
  const { ruling, denial } = judge(request);
  const outcome = denial ?? (await stream({ request, ruling }, gateway, reply));
  if (outcome.kind !== "streamed") await record({ request, ruling }, outcome, gateway);
  return outcome;
}

/** What somebody asked, and what the policy said of it. */
interface Judged {
  readonly request: MessageRequest | AgentRequest;
  readonly ruling: Ruling;
}

async function deliver(
  request: MessageRequest | AgentRequest,
  gateway: Gateway,
): Promise<DeliveryOutcome> {
  try {
    const body = "body" in request ? request.body : undefined;
    return { kind: "delivered", receipt: await gateway.forwarder.deliver(request, body) };
  } catch (error) {
    return toFailure(error, request, gateway.log);
  }
}

async function stream(
  { request, ruling }: Judged,
  gateway: Gateway,
  reply: Reply,
): Promise<DeliveryOutcome> {
  const scan = scanNow(request, subjectOf(request), gateway);
  const trail = new Trail();
  try {
    const opened = await gateway.forwarder.openStream(request);
    if (isReceipt(opened)) return { kind: "delivered", receipt: opened };
    // Recorded when it begins: it may stay open for days.
    await gateway.audit.request(request, { outcome: "stream-opened", ruling });
    reply.openStream(opened.headers);
    const carry = { tail: "" };
    for await (const item of opened.events) {
      await relayEvent(item, { request, scan: scan(), carry }, { gateway, trail, reply });
    }
  } catch (error) {
    const failure = toFailure(error, request, gateway.log);
    if (failure.kind !== "cancelled") return failure;
  }
  return { kind: "streamed" };
}

/** A rule that denies the agent everything here, or this method, ends it. */
function judge(request: AgentRequest | MessageRequest): {
  readonly ruling: Ruling;
  readonly denial?: Extract<Outcome, { kind: "denied" }>;
} {
  const ruling = consult(request.config.policy, factsOf(request, subjectOf(request), undefined));
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

function subjectOf(request: AgentRequest | MessageRequest) {
  const message = "message" in request ? request.message : undefined;
  const method = message && "method" in message ? message.method : undefined;
  return { kind: "method" as const, name: method ?? `HTTP ${request.httpMethod}` };
}

async function record(
  { request, ruling }: Judged,
  outcome: DeliveryOutcome,
  gateway: Gateway,
): Promise<void> {
  const reason = "reason" in outcome ? { reason: outcome.reason } : {};
  const word =
    outcome.kind === "delivered" ? `delivered (${outcome.receipt.status})` : outcome.kind;
  await gateway.audit.request(request, { outcome: word, ...reason, ruling });
}
