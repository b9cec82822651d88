import { setTimeout as sleep } from "node:timers/promises";
import type { AgentRequest, MessageRequest } from "../call/agent-request.ts";
import type { DeliveryOutcome } from "../gateway/handle-delivery.ts";
import { jsonRpcCodes } from "../mcp/json-rpc.ts";
import type { Member } from "./member.ts";
import { replyAddressOf } from "./names/to-upstream.ts";

/** Nobody waits longer for an upstream to take note of something. */
const waitMs = 5_000;

/** What the gateway says by itself to something that has no JSON-RPC answer. */
export interface OwnReceipt {
  readonly status: number;
  readonly reason?: string;
}

/** The one upstream that a message is for: an agent's answer, or progress on the way to it. */
export function findAddressee(
  request: MessageRequest | AgentRequest,
  members: readonly Member[],
): Member | undefined {
  const address = "message" in request ? replyAddressOf(request.message) : undefined;
  return address && members.find(({ name }) => name === address.upstream);
}

export async function deliverToOne(
  request: MessageRequest | AgentRequest,
  member: Member,
): Promise<DeliveryOutcome> {
  const address = "message" in request ? replyAddressOf(request.message) : undefined;
  return await member.deliver(request, address?.change ?? ((message) => message));
}

/** The answer to what is for one upstream, and it is not known for which. Undefined: it is for all of them. */
export function findOwnAnswer(request: MessageRequest | AgentRequest): OwnReceipt | undefined {
  if (!("message" in request)) return undefined;
  const { message } = request;
  if (!("method" in message)) {
    return { status: 400, reason: "no upstream of this route asked that" };
  }
  return message.method === "notifications/progress" ? { status: 202 } : undefined;
}

/** Delivers a notification, or the end of a session, to every upstream that knows the session. */
export async function deliverToAll(
  request: MessageRequest | AgentRequest,
  members: readonly Member[],
): Promise<DeliveryOutcome> {
  const deliveries = members.map((member) => member.deliver(request, (message) => message));
  const late = sleep(waitMs, undefined, { ref: false }).then(() => receipt(202));
  const outcomes = await Promise.all(deliveries.map((delivery) => Promise.race([delivery, late])));
  const refusal = outcomes.find(({ kind }) => kind !== "delivered");
  // Upstreams that cannot end sessions keep theirs; the agent's own ends all the same.
  const nothing = receipt(request.httpMethod === "DELETE" ? 200 : 202);
  return outcomes.find(isTaken) ?? refusal ?? nothing;
}

/** An answer of the gateway's own to something that has no JSON-RPC answer. */
export function receipt(status: number, reason?: string): DeliveryOutcome {
  const error = { code: jsonRpcCodes.invalidRequest, message: reason };
  const text = reason === undefined ? "" : JSON.stringify({ jsonrpc: "2.0", id: null, error });
  return {
    kind: "delivered",
    receipt: { status, headers: {}, body: Buffer.from(text), contentType: "application/json" },
  };
}

function isTaken(outcome: DeliveryOutcome): boolean {
  return outcome.kind === "delivered" && outcome.receipt.status < 300;
}
