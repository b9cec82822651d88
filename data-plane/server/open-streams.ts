import { setImmediate as nextTurn } from "node:timers/promises";
import type { CompiledUpstream } from "../../core/policy/compiled-policy.ts";
import { consult, mayUse } from "../../core/policy/decide.ts";
import { type AgentRequest, anonymous, factsOf, type Principal } from "../call/agent-request.ts";
import type { Freezes } from "../config/freezes.ts";
import type { RuntimeConfig } from "../config/runtime-config.ts";
import type { ListedKind } from "../gateway/listed-names.ts";
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
  /** Names of what an upstream was seen to have; undefined when it was never asked. */
  readonly knownNames: (
    upstream: CompiledUpstream,
    kind: ListedKind,
  ) => Iterable<string> | undefined;
}

const maxPerAgent = 64;

/** A list whose changes agents hear of, and by what they ask for that (`subscriptions/listen`). */
interface AnnouncedList {
  readonly kind: ListedKind;
  readonly method: string;
  readonly wish: string;
}

const announced: readonly AnnouncedList[] = (["tool", "prompt", "resource"] as const).map(
  (kind) => ({
    kind,
    method: `notifications/${kind}s/list_changed`,
    wish: `${kind}sListChanged`,
  }),
);

/**
 * The streams that agents keep open (GET, `subscriptions/listen`). Each was allowed when it was opened; this sees to it
 * that it ends when that is over, and that the agent hears when it may see other things than before.
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

  /** Operators have frozen something. */
  onFreezes(freezes: Pick<Freezes, "find">): void {
    for (const { request, reply } of this.#streams) {
      const { agent } = request.principal;
      const isFrozen = request.route.upstreams.some((upstream) =>
        freezes.find({ agent, upstream }),
      );
      if (isFrozen) reply.endStream();
    }
  }

  /** An upstream shows others of these than before: their definitions were accepted, or are so no longer. */
  onDefinitions(upstream: string, kinds: ReadonlySet<ListedKind>): void {
    const lists = announced.filter(({ kind }) => kinds.has(kind));
    for (const stream of this.#streams) {
      if (!stream.request.route.upstreams.includes(upstream)) continue;
      for (const list of lists) notify(stream, list);
    }
  }

  /** Another policy is in use. */
  onConfig(now: RuntimeConfig, before: RuntimeConfig | undefined): void {
    const staying: OpenStream[] = [];
    for (const stream of this.#streams) {
      const { request, reply } = stream;
      const isWelcome = this.#options.isCurrent(request.principal);
      if (isWelcome && isStillAllowed(stream, now)) staying.push(stream);
      else reply.endStream();
    }
    if (before) void this.#tellAll(staying, before, now);
  }

  /** Many agents may listen, to long lists: calls are served in between. */
  async #tellAll(
    streams: readonly OpenStream[],
    before: RuntimeConfig,
    now: RuntimeConfig,
  ): Promise<void> {
    for (const stream of streams) {
      if (this.#streams.has(stream)) this.#tell(stream, before, now);
      await nextTurn();
    }
  }

  #tell(stream: OpenStream, before: RuntimeConfig, now: RuntimeConfig): void {
    for (const list of announced) {
      if (this.#seesOther(list.kind, stream.request, [before, now])) notify(stream, list);
    }
  }

  #seesOther(
    kind: ListedKind,
    request: AgentRequest,
    [before, now]: readonly [RuntimeConfig, RuntimeConfig],
  ): boolean {
    return upstreamsOf(request).some((upstream) => {
      const names = this.#options.knownNames(upstream, kind);
      // Not knowing the names, it is better to say too much: the agent asks and finds the same.
      if (!names) return true;
      return [...names].some((name) => {
        const facts = factsOf({ ...request, upstream }, { kind, name }, undefined);
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

function notify({ reply, subscription }: OpenStream, { method, wish }: AnnouncedList): void {
  // Whoever hears nothing yet lists later anyway: the upstream may refuse the stream,
  // and the first message of a subscription is what was accepted.
  if (!reply.isStream) return;
  const message = { jsonrpc: "2.0", method };
  if (!subscription) {
    void reply.send({ event: "message", data: JSON.stringify(message) });
    return;
  }
  const wishes = subscription.params?.["notifications"];
  if (!isObject(wishes) || wishes[wish] !== true) return;
  const params = { _meta: { "io.modelcontextprotocol/subscriptionId": subscription.id } };
  void reply.send({ event: "message", data: JSON.stringify({ ...message, params }) });
}
