import type { CallFacts, SubjectKind } from "../../core/policy/call-facts.ts";
import type { CompiledRoute, CompiledUpstream } from "../../core/policy/compiled-policy.ts";
import type { RuntimeConfig } from "../config/runtime-config.ts";
import type { ClientInfo } from "../mcp/client-info.ts";
import type { JsonRpcMessage, JsonRpcRequest } from "../mcp/json-rpc.ts";
import type { PresentedToken } from "./presented-token.ts";
import type { SendingRight } from "./sending-right.ts";

/** The authenticated agent on one request. */
export interface Principal {
  readonly agent: string;
  readonly groups: readonly string[];
  /** For whom the agent works, where several share the gateway. */
  readonly tenant?: string;
  /** How it proved that. */
  readonly login?: Login;
}

/** How an agent proved who it is. Never holds what it proved it with. */
export interface Login {
  readonly method: "api-key" | "jwt" | "mtls" | "anonymous";
  /** Of the token. */
  readonly issuer?: string;
  /** Who acts for whom, the nearest first: the token's `act` claims (RFC 8693 §4.1). */
  readonly delegation?: readonly { readonly subject: string; readonly issuer?: string }[];
  /** What the token is good for. */
  readonly scopes?: readonly string[];
  /** The beginning of the key, by which people recognise it. */
  readonly key?: string;
  /** SHA-256 of the client certificate, base64url. */
  readonly certificate?: string;
  /** Milliseconds since the epoch. Absent: never. */
  readonly expiresAt?: number;
}

/** The anonymous agent of routes that allow it. */
export const anonymous: Principal = {
  agent: "anonymous",
  groups: [],
  login: { method: "anonymous" },
};

/** One HTTP request of an agent to a route, whatever it carries. */
export interface AgentRequest {
  /** Ours: joins its audit records. */
  readonly callId: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly principal: Principal;
  /** What the agent proved itself with, where that can be exchanged for a token of an upstream. */
  readonly token?: PresentedToken;
  /** Where the agent learns how to log in (RFC 9728). */
  readonly metadataUrl?: string;
  readonly route: CompiledRoute;
  readonly upstream: CompiledUpstream;
  /** The configuration when it arrived: every step sees this one, even if a newer arrives. */
  readonly config: RuntimeConfig;
  readonly httpMethod: "GET" | "POST" | "DELETE";
  /** Names the agent's session, which on a route with several upstreams is one. Absent: it has none. */
  readonly session?: string;
  /** Those of the agent's headers that go upstream, lower case. Never its credentials. */
  readonly headers: Readonly<Record<string, string>>;
  readonly clientAddress: string;
  /** What the agent's program said of itself when the session began, where the session remembers it. */
  readonly client?: ClientInfo;
  /** Of the trace that began here. Absent: the agent named its own. */
  readonly traceId?: string;
  /** Aborts when the agent no longer wants the answer. */
  readonly signal: AbortSignal;
  /** Aborts when its connection closes, which in the legacy era does not say that. */
  readonly connection: AbortSignal;
}

/** An agent's request that carries one JSON-RPC message. */
export interface MessageRequest extends AgentRequest {
  readonly era: Era;
  readonly message: JsonRpcMessage;
  /** The bytes as they came: what was not changed goes upstream as it is. */
  readonly body: Buffer;
}

/** A request for which the agent waits. */
export interface Call extends MessageRequest {
  readonly message: JsonRpcRequest;
  readonly subject: Subject;
  /** Where sending it is a right that may be over. */
  readonly right?: SendingRight;
}

/** A tools/call. */
export interface ToolCall extends Call {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** Which rules of the protocol a request follows (decided per request). */
export type Era = "legacy" | "modern";

/** What a call is about, as rules name it. */
export interface Subject {
  readonly kind: SubjectKind;
  readonly name: string;
}

/** What the policy sees of a call. */
export function factsOf(
  request: Pick<AgentRequest, "principal" | "route" | "upstream">,
  subject: Subject,
  args: Readonly<Record<string, unknown>> | undefined,
): CallFacts {
  return {
    agent: request.principal.agent,
    groups: request.principal.groups,
    ...(request.principal.tenant !== undefined && { tenant: request.principal.tenant }),
    ...(request.principal.login && { login: request.principal.login }),
    route: request.route.path,
    upstream: request.upstream.name,
    kind: subject.kind,
    name: subject.name,
    arguments: args,
  };
}
