import type { CompiledUpstream } from "../../core/policy/compiled-policy.ts";
import type { AgentRequest, Call, MessageRequest } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import type { Reply } from "../call/reply.ts";
import type { DeliveryOutcome } from "../gateway/handle-delivery.ts";
import type { Change } from "../mcp/change.ts";
import { isObject } from "../mcp/json-rpc.ts";
import { reviseJson } from "../mcp/revise-json.ts";
import { reviseAnswer } from "./answers/answers.ts";
import { onlyEvents, ReplyToAgent } from "./answers/reply-to-agent.ts";
import { directHandlers, type Handlers } from "./handlers.ts";
import { encodePosition } from "./names/event-ids.ts";
import { encodeHeader } from "./names/header-value.ts";
import { toAgent } from "./names/to-agent.ts";
import { patienceMs } from "./upstream/greeter.ts";
import { type AgentSession, type LinkParts, UpstreamLink } from "./upstream/upstream-link.ts";
import type { Greeting } from "./upstream/way.ts";

/** A request of the gateway's own, made in the name of a call. */
interface Question {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/**
 * One upstream of a route with several, as one request of an agent reaches it: by every step of the gateway,
 * under the upstream's own names.
 */
export class Member {
  readonly upstream: CompiledUpstream;
  readonly #request: AgentRequest;
  readonly #link: UpstreamLink;
  readonly #handlers: Handlers;
  readonly #toAgent: Change;
  #questions = 0;

  constructor(request: AgentRequest, agent: AgentSession, parts: LinkParts) {
    this.#request = request;
    this.upstream = request.upstream;
    this.#link = new UpstreamLink(request, agent, parts);
    this.#handlers = directHandlers(this.#link.gateway);
    this.#toAgent = toAgent(request.upstream.name);
  }

  get name(): string {
    return this.upstream.name;
  }

  greet(): Promise<Greeting> {
    return this.#link.greet();
  }

  /** Passes an agent's call on, with its message changed, and its answer back. */
  async pass(call: Call, own: { change: Change; name?: string }, reply: Reply): Promise<Outcome> {
    const sent = this.#changed(call, own.change);
    const { "mcp-name": mirrored, ...others } = call.headers;
    const name = own.name ?? call.subject.name;
    const outcome = await this.#handlers.handleCall(
      {
        ...sent,
        subject: { ...call.subject, ...(call.subject.kind !== "method" && { name }) },
        headers: mirrored === undefined ? others : { ...others, "mcp-name": encodeHeader(name) },
      },
      this.replyTo(reply),
    );
    return this.#outcomeToAgent(outcome, call);
  }

  /** Asks something on the way to an answer of the gateway's own, for as long as others can wait. */
  async ask(call: Call, { method, params }: Question, reply: Reply): Promise<Outcome> {
    this.#questions += 1;
    const id = `mcpgw-${call.callId}-${this.#questions}`;
    const message = { jsonrpc: "2.0" as const, id, method, params: { ...metaOf(call), ...params } };
    const { "mcp-name": _, ...headers } = call.headers;
    const question: Call = {
      ...call,
      upstream: this.upstream,
      message,
      body: Buffer.from(JSON.stringify(message)),
      subject: { kind: "method", name: method },
      headers: call.era === "modern" ? { ...headers, "mcp-method": method } : headers,
      signal: AbortSignal.any([call.signal, AbortSignal.timeout(patienceMs(this.upstream))]),
    };
    return await this.#handlers.handleCall(question, onlyEvents(this.replyTo(reply)));
  }

  deliver(request: AgentRequest | MessageRequest, change: Change): Promise<DeliveryOutcome> {
    const addressed =
      "message" in request
        ? this.#changed(request, change)
        : { ...request, upstream: this.upstream };
    return this.#handlers.handleDelivery(addressed);
  }

  /** Passes on the stream of what the upstream says on its own, from after an event where there is one. */
  stream(reply: Reply, lastEventId: string | undefined): Promise<DeliveryOutcome> {
    const { "last-event-id": _, ...headers } = this.#request.headers;
    const resumed = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
    return this.#handlers.handleStream(
      { ...this.#request, headers: { ...headers, ...resumed } },
      reply,
    );
  }

  /** The agent's reply, as this upstream sees it. */
  replyTo(reply: Reply, eventId = (id: string) => encodePosition(this.name, id)): ReplyToAgent {
    return new ReplyToAgent(reply, { change: this.#toAgent, eventId });
  }

  #changed<Message extends MessageRequest>(request: Message, change: Change): Message {
    return {
      ...request,
      upstream: this.upstream,
      message: change(request.message),
      body: Buffer.from(reviseJson(request.body.toString("utf8"), change)),
    };
  }

  /** The upstream's outcome under the route's names. */
  #outcomeToAgent(outcome: Outcome, call: Call): Outcome {
    if (outcome.kind === "unknown-tool") return { ...outcome, tool: call.subject.name };
    if (outcome.kind !== "answered") return outcome;
    const answer = reviseAnswer(outcome.answer, this.#toAgent);
    if (answer.via === "json") {
      const { "mcp-session-id": _, "mcp-protocol-version": __, ...headers } = answer.headers;
      return { kind: "answered", answer: { ...answer, headers } };
    }
    if (answer.via === "resumable-stream") return { kind: "answered", answer };
    const { id, ...event } = answer.event;
    const eventId = id === undefined ? undefined : encodePosition(this.name, id);
    const numbered = { ...event, ...(eventId !== undefined && { id: eventId }) };
    return { kind: "answered", answer: { ...answer, event: numbered } };
  }
}

/** What the call's `_meta` says of the agent; progress belongs to the call itself. */
function metaOf({ message }: Call): { readonly _meta?: unknown } {
  const meta = message.params?.["_meta"];
  if (!isObject(meta)) return {};
  const { progressToken: _, ...kept } = meta;
  return Object.keys(kept).length > 0 ? { _meta: kept } : {};
}
