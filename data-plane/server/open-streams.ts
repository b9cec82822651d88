import type { CompiledUpstream } from "../../core/policy/compiled-policy.ts";
import { consult, mayUse } from "../../core/policy/decide.ts";
import { type AgentRequest, anonymous, factsOf, type Principal } from "../call/agent-request.ts";
import type { RuntimeConfig } from "../config/runtime-config.ts";
import { isObject, type JsonRpcRequest, type ProtocolError } from "../mcp/json-rpc.ts";
import type { AnswerReply } from "./http-reply.ts";
import { gatewayCodes } from "./refusal.ts";

interface OpenStream {
  readonly request: AgentRequest;
  readonly reply: Pick<AnswerReply, "isStream" | "send" | "endStream">;
  /** The request that opened it, in the modern era (`subscriptions/listen`). */
  readonly subscription?: JsonRpcRequest;
}

export const tooManyStreams: ProtocolError = {
  status: 429,
  code: gatewayCodes.rateLimited,
  message: "this agent has too many open streams: close some of them first",
};

export interface OpenStreamsOptions {
  /** Whether the agent would still be let in under the policy in use. */
  readonly isCurrent: (principal: Principal) => boolean;
  /** Names of the tools that an upstream was last seen to have; undefined when it was never asked. */
  readonly knownTools: (upstream: string) => readonly string[] | undefined;
}

const maxPerAgent = 64;

/**
 * The streams that agents keep open (GET, `subscriptions/listen`). Each was allowed when it was opened; this sees to it
 * that it ends when that is over, and that the agent hears when it may see other tools than before.
 */
export class OpenStreams {
  readonly #options: OpenStreamsOptions;
  readonly #streams = new Set<OpenStream>();

  constructor(options: OpenStreamsOptions) {
    this.#options = options;
  }

  /** Remembers a stream until the returned function is called; undefined when the agent has too many. */
  add(stream: OpenStream): (() => void) | undefined {
    const { agent } = stream.request.principal;
    const ofAgent = [...this.#streams].filter(({ request }) => request.principal.agent === agent);
    if (ofAgent.length >= maxPerAgent) return undefined;
    this.#streams.add(stream);
    const stopClock = endOnExpiry(stream);
    return () => {
      stopClock();
      this.#streams.delete(stream);
    };
  }

  /** The agents that may call have changed. */
  onAgents(): void {
    for (const { request, reply } of this.#streams) {
      if (!this.#options.isCurrent(request.principal)) reply.endStream();
    }
  }

  /** Another policy is in use. */
  onConfig(now: RuntimeConfig, before: RuntimeConfig | undefined): void {
    for (const stream of this.#streams) {
      const { request, reply } = stream;
      const isWelcome = this.#options.isCurrent(request.principal);
      if (!isWelcome || !isStillAllowed(stream, now)) reply.endStream();
      else if (before && this.#seesOtherTools(request, before, now)) notify(stream);
    }
  }

  #seesOtherTools(request: AgentRequest, before: RuntimeConfig, now: RuntimeConfig): boolean {
    return upstreamsOf(request).some((upstream) => {
      const tools = this.#options.knownTools(upstream.name);
      // Not knowing the tools, it is better to say too much: the agent asks and finds the same.
      if (!tools) return true;
      return tools.some((name) => {
        const facts = factsOf({ ...request, upstream }, { kind: "tool", name }, undefined);
        return mayUse(before.policy, facts) !== mayUse(now.policy, facts);
      });
    });
  }
}

const longestTimerMs = 2 ** 31 - 1;

/** What the agent logged in with ends its streams when it expires. Returns how to stop waiting for that. */
function endOnExpiry({ request, reply }: OpenStream): () => void {
  const { expiresAt } = request.principal.login ?? {};
  if (expiresAt === undefined) return () => {};
  const inMs = Math.min(Math.max(expiresAt - Date.now(), 0), longestTimerMs);
  const timer = setTimeout(() => reply.endStream(), inMs);
  return () => clearTimeout(timer);
}

/** The upstreams behind a stream: those of its route when it was opened. */
function upstreamsOf({ route, config }: AgentRequest): CompiledUpstream[] {
  return route.upstreams.flatMap((name) => config.policy.upstreams.get(name) ?? []);
}

function isStillAllowed({ request, subscription }: OpenStream, { policy }: RuntimeConfig): boolean {
  const route = policy.routes.get(request.route.path);
  if (route?.upstreams.join() !== request.route.upstreams.join()) return false;
  if (request.principal === anonymous && !route.allowsAnonymous) return false;
  return upstreamsOf(request).every((upstream) => {
    const now = policy.upstreams.get(upstream.name);
    if (JSON.stringify(now?.target) !== JSON.stringify(upstream.target)) return false;
    const subject = { kind: "method", name: subscription?.method ?? "HTTP GET" } as const;
    const { decision } = consult(policy, factsOf({ ...request, upstream }, subject, undefined));
    return decision.effect !== "deny" || decision.rule === undefined;
  });
}

function notify({ reply, subscription }: OpenStream): void {
  const message = { jsonrpc: "2.0", method: "notifications/tools/list_changed" };
  if (!subscription) {
    void reply.send({ event: "message", data: JSON.stringify(message) });
    return;
  }
  const wishes = subscription.params?.["notifications"];
  const isWanted = isObject(wishes) && wishes["toolsListChanged"] === true;
  // The first message of a subscription is what was accepted: whoever has not read that lists later anyway.
  if (!isWanted || !reply.isStream) return;
  const params = { _meta: { "io.modelcontextprotocol/subscriptionId": subscription.id } };
  void reply.send({ event: "message", data: JSON.stringify({ ...message, params }) });
}
