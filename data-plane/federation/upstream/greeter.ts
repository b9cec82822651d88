import type { CompiledUpstream } from "../../../core/policy/compiled-policy.ts";
import type { AgentRequest, Call, Era } from "../../call/agent-request.ts";
import type { Outcome } from "../../call/outcome.ts";
import type { Reply } from "../../call/reply.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import { modernVersion } from "../../mcp/era.ts";
import { isObject } from "../../mcp/json-rpc.ts";
import { UpstreamError } from "../../upstreams/upstream-error.ts";
import { errorIn, reasonOf, resultIn } from "../answers/answers.ts";
import { directHandlers } from "../handlers.ts";
import type { EraMemory } from "./era-memory.ts";
import { withoutMcpHeaders } from "./headers.ts";
import { modernMeta, ourselves } from "./modern-meta.ts";
import type { AgentProfile, Greeting, Way } from "./way.ts";

interface GreeterParts {
  /** The steps, on the plain forwarder: every greeting is decided on and recorded like any request. */
  readonly gateway: Gateway;
  readonly eras: EraMemory;
}

const longestGreetingMs = 10_000;

/** How long an upstream may take when others' answers wait for it. */
export function patienceMs(upstream: CompiledUpstream): number {
  return Math.min(upstream.timeoutMs, longestGreetingMs);
}

/** Meets an upstream in the name of an agent: finds out which era it speaks, and begins a session where there are sessions. */
export class Greeter {
  readonly #parts: GreeterParts;

  constructor(parts: GreeterParts) {
    this.#parts = parts;
  }

  /** Rejects with an UpstreamError that says why the upstream could not be met. */
  async greet(request: AgentRequest, profile: AgentProfile, prefer: Era): Promise<Greeting> {
    const { eras } = this.#parts;
    const { upstream } = request;
    const first = eras.refuses(upstream, prefer) ? otherThan(prefer) : prefer;
    const greeted = await this.#try(first, request, profile);
    if ("way" in greeted) return greeted;
    // Whoever answers "no" is there, and may speak the other era.
    if (errorIn(greeted)) {
      const greetedOtherwise = await this.#try(otherThan(first), request, profile);
      if ("way" in greetedOtherwise) {
        eras.remember(upstream, first, false);
        return greetedOtherwise;
      }
    }
    const reason = reasonOf(greeted);
    throw new UpstreamError(
      greeted.kind === "upstream-failed" ? reason : `upstream ${upstream.name}: ${reason}`,
    );
  }

  async #try(era: Era, request: AgentRequest, profile: AgentProfile): Promise<Greeting | Outcome> {
    const greeting = await (era === "modern"
      ? this.#discover(request, profile)
      : this.#initialize(request, profile));
    if ("way" in greeting) this.#parts.eras.remember(request.upstream, era, true);
    return greeting;
  }

  async #initialize(request: AgentRequest, profile: AgentProfile): Promise<Greeting | Outcome> {
    const { version: protocolVersion, capabilities, clientInfo = ourselves } = profile;
    const params = { protocolVersion, capabilities, clientInfo };
    let session: string | undefined;
    const outcome = await this.#ask(
      request,
      { era: "legacy", method: "initialize", params },
      (headers) => {
        session = headers["mcp-session-id"] ?? session;
      },
    );
    const result = resultIn(outcome);
    if (!result || typeof result["protocolVersion"] !== "string") return outcome;
    return greetingOf(result, { era: "legacy", session, version: result["protocolVersion"] });
  }

  async #discover(request: AgentRequest, { capabilities, clientInfo }: AgentProfile) {
    const params = { _meta: modernMeta(capabilities, clientInfo) };
    const outcome = await this.#ask(request, { era: "modern", method: "server/discover", params });
    const result = resultIn(outcome);
    const versions = result?.["supportedVersions"];
    const isModern = Array.isArray(versions) && versions.includes(modernVersion);
    return result && isModern ? greetingOf(result, { era: "modern" }) : outcome;
  }

  async #ask(
    request: AgentRequest,
    { era, method, params }: { era: Era; method: string; params: Record<string, unknown> },
    onHeaders: (headers: Readonly<Record<string, string>>) => void = () => {},
  ): Promise<Outcome> {
    const message = { jsonrpc: "2.0" as const, id: `mcpgw-${request.callId}`, method, params };
    const call: Call = {
      ...request,
      httpMethod: "POST",
      era,
      message,
      body: Buffer.from(JSON.stringify(message)),
      subject: { kind: "method", name: method },
      headers: greetingHeaders(request, era, method),
      // Requests that arrive together share one greeting: it does not end with the one that began it.
      signal: AbortSignal.timeout(patienceMs(request.upstream)),
    };
    const reply: Reply = { openStream: (headers = {}) => onHeaders(headers), send: async () => {} };
    const outcome = await directHandlers(this.#parts.gateway).handleCall(call, reply);
    if (outcome.kind === "answered" && outcome.answer.via === "json") {
      onHeaders(outcome.answer.headers);
    }
    return outcome;
  }
}

function otherThan(era: Era): Era {
  return era === "modern" ? "legacy" : "modern";
}

function greetingHeaders(request: AgentRequest, era: Era, method: string) {
  return {
    ...withoutMcpHeaders(request.headers),
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    ...(era === "modern" && { "mcp-protocol-version": modernVersion, "mcp-method": method }),
  };
}

function greetingOf(result: Readonly<Record<string, unknown>>, way: Way): Greeting {
  const { capabilities, instructions, ttlMs, cacheScope } = result;
  return {
    way,
    capabilities: isObject(capabilities) ? capabilities : {},
    instructions: typeof instructions === "string" ? instructions : undefined,
    ttlMs: typeof ttlMs === "number" ? ttlMs : 0,
    cacheScope: cacheScope === "public" ? "public" : "private",
  };
}
