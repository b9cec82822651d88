import type { IncomingMessage, ServerResponse } from "node:http";
import { newCallId } from "../../core/audit/call-id.ts";
import type { CompiledPolicy, CompiledRoute } from "../../core/policy/compiled-policy.ts";
import type { Logger } from "../../core/service/log.ts";
import type { AuthenticationResult, Authenticator } from "../access/authenticate.ts";
import { challenge } from "../access/challenge.ts";
import type { CertificateForwarders } from "../access/forwarded-certificate.ts";
import { findMetadata, metadataUrlOf } from "../access/resource-metadata.ts";
import type { CallAudit } from "../audit/call-audit.ts";
import type { AgentRequest } from "../call/agent-request.ts";
import type { RuntimeConfig } from "../config/runtime-config.ts";
import { upstreamOf } from "../federation/federation.ts";
import type { ProtocolError } from "../mcp/json-rpc.ts";
import { refuse } from "./answer.ts";
import { certificateOf } from "./certificate-of.ts";
import { findHostProblem } from "./host-check.ts";
import { HttpReply } from "./http-reply.ts";
import { type OldSse, oldSsePaths } from "./old-sse.ts";
import { type OpenStreams, tooManyStreams } from "./open-streams.ts";
import type { Receiver } from "./receiver.ts";
import { gatewayCodes } from "./refusal.ts";
import { headersForUpstream } from "./request-headers.ts";
import { turnAway } from "./turn-away.ts";

export interface EndpointOptions {
  readonly config: () => RuntimeConfig | undefined;
  readonly authenticator: Pick<Authenticator, "authenticate">;
  readonly receiver: Receiver;
  readonly streams: OpenStreams;
  readonly oldSse: OldSse;
  readonly audit: Pick<CallAudit, "refusal">;
  readonly forwarders: CertificateForwarders | undefined;
  readonly isLoopback: boolean;
  readonly allowedHosts: readonly string[];
  readonly log: Logger;
}

/** Takes every HTTP request to a route as far as a known agent with a known route. */
export class Endpoint {
  readonly #options: EndpointOptions;
  #slowReaders = 0;

  constructor(options: EndpointOptions) {
    this.#options = options;
  }

  /** Answers the request, always. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const accepted = await this.#accept(request, response);
    const reply = new HttpReply(response, (waitedMs) => {
      this.#slowReaders += 1;
      const agent = "request" in accepted ? accepted.request.principal.agent : "";
      const droppedSoFar = this.#slowReaders;
      this.#options.log.warn(
        { agent, waitedMs, droppedSoFar },
        "an agent that does not read is cut off",
      );
    });
    if ("metadata" in accepted) {
      reply.sendJson(200, JSON.stringify(accepted.metadata), { "cache-control": "max-age=300" });
      return;
    }
    if ("error" in accepted) {
      this.#noteRefused(request, accepted.error);
      refuse(reply, accepted.error, accepted.headers);
      return;
    }
    const { streams, receiver, oldSse } = this.#options;
    if (request.method !== "GET") {
      if (accepted.isOldSse) await oldSse.receive(accepted.request, request, reply);
      else await receiver.receive(accepted.request, request, reply);
      return;
    }
    const remove = streams.add({ request: accepted.request, reply });
    if (!remove) {
      turnAway(this.#options.audit, { request: accepted.request, reply }, tooManyStreams);
      return;
    }
    const serving = accepted.isOldSse
      ? oldSse.open(accepted.request, reply)
      : receiver.receive(accepted.request, request, reply);
    await serving.finally(remove);
  }

  #noteRefused(request: IncomingMessage, { status, message }: ProtocolError): void {
    const path = pathOf(request);
    const isRoute = this.#options.config()?.policy.routes.has(path);
    this.#options.audit.refusal({
      event: status === 401 ? "login.refused" : "request.refused",
      ...(isRoute ? { route: path } : { path }),
      clientAddress: request.socket.remoteAddress ?? "",
      reason: message,
    });
  }

  async #accept(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<Accepted | Refused | Metadata> {
    // Before anything is waited for: whoever leaves meanwhile has left.
    const connection = closeSignal(response);
    const hostProblem = findHostProblem(request.headers, this.#options);
    if (hostProblem) return refused(403, gatewayCodes.denied, hostProblem);
    const config = this.#options.config();
    if (!config) {
      const reason = "the gateway has no policy yet: an operator has to push one";
      return refused(503, gatewayCodes.unavailable, reason, { "retry-after": "5" });
    }
    const path = pathOf(request);
    const address = addressOf(request);
    const metadata = findMetadata(path, config.policy, address);
    if (metadata && request.method === "GET") return { metadata };
    const { route, isOldSse } = findRoute(config, path, request.method);
    if (!route) return refused(404, gatewayCodes.denied, "there is no such route on this gateway");

    const { policy } = config;
    const metadataUrl = metadataUrlOf(policy.identity, route, address);
    const who = await this.#logIn(request, { policy, route });
    if (!who.ok) return refusedLogin(who, { metadataUrl, scopes: route.scopes });
    const upstream = upstreamOf(route, policy.upstreams);
    if (!upstream) return refused(404, gatewayCodes.denied, "the route leads nowhere");
    const { method } = request;
    if (method !== "GET" && method !== "POST" && method !== "DELETE") {
      const allow = { allow: "GET, POST, DELETE" };
      return refused(405, gatewayCodes.denied, `MCP knows no ${method}`, allow);
    }
    return {
      isOldSse,
      request: {
        callId: newCallId(),
        receivedAt: Date.now(),
        principal: who.principal,
        ...(who.token && { token: who.token }),
        ...(metadataUrl !== undefined && { metadataUrl }),
        route,
        upstream,
        config,
        httpMethod: method,
        headers: headersForUpstream(request.headers),
        clientAddress: request.socket.remoteAddress ?? "",
        signal: connection,
        connection,
      },
    };
  }

  async #logIn(
    request: IncomingMessage,
    scope: { readonly policy: CompiledPolicy; readonly route: CompiledRoute },
  ): Promise<AuthenticationResult> {
    const shown = certificateOf(request, this.#options.forwarders);
    if (shown.kind === "refused") {
      return { ok: false, status: 400, reason: shown.reason, error: "invalid_request" };
    }
    const certificate = shown.kind === "certificate" ? shown.certificate : undefined;
    const presented = { rawHeaders: request.rawHeaders, target: request.url ?? "/" };
    return await this.#options.authenticator.authenticate(presented, { ...scope, certificate });
  }
}

interface Accepted {
  readonly request: AgentRequest;
  /** Whether the agent speaks the transport of 2024-11-05. */
  readonly isOldSse: boolean;
}

/** What anybody may know of a route: how to log in. */
interface Metadata {
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A route, at its own path or at the two below it that agents of 2024-11-05 use. */
function findRoute({ policy }: RuntimeConfig, path: string, method: string | undefined) {
  const route = policy.routes.get(path);
  if (route) return { route, isOldSse: false };
  const suffix = method === "GET" ? oldSsePaths.stream : oldSsePaths.messages;
  const base = path.endsWith(suffix) ? policy.routes.get(path.slice(0, -suffix.length)) : undefined;
  return { route: base, isOldSse: true };
}

interface Refused {
  readonly error: ProtocolError;
  readonly headers?: Readonly<Record<string, string>>;
}

function refused(
  status: number,
  code: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Refused {
  return { error: { status, code, message }, headers };
}

/** Tells the agent, and the client that it runs in, why it was not let in and what to do. */
function refusedLogin(
  { status, reason, error }: Extract<AuthenticationResult, { ok: false }>,
  login: { metadataUrl: string | undefined; scopes: readonly string[] },
): Refused {
  if (status === 503) {
    return refused(status, gatewayCodes.unavailable, reason, { "retry-after": "5" });
  }
  const code = status === 403 ? gatewayCodes.insufficientScope : gatewayCodes.denied;
  const header = challenge({ ...login, error, description: reason });
  return refused(status, code, reason, { "www-authenticate": header });
}

function addressOf({ headers, socket }: IncomingMessage) {
  return { host: headers.host ?? "", isTls: "encrypted" in socket };
}

function pathOf(request: IncomingMessage): string {
  const target = request.url ?? "/";
  const end = target.search(/[?#]/);
  return end < 0 ? target : target.slice(0, end);
}

/** One for all connections: an error of its own, with its stack, would be made for every request. */
const closed = new Error("the connection is closed");

/** Aborts when the connection closes, or when the answer is complete: nobody waits for more then. */
function closeSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => controller.abort(closed));
  return controller.signal;
}
