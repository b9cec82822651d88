import { createHash } from "node:crypto";
import type { AuditEntry } from "../../core/audit/record.ts";
import type { AgentRequest, Call, MessageRequest, Principal } from "../call/agent-request.ts";
import { clientIn } from "../mcp/client-info.ts";
import { findTrace } from "../mcp/trace-context.ts";

type Described = Omit<AuditEntry, "event">;

const maxScopes = 50;
const maxDelegates = 10;

/** Who asked, from where, for what route, in which session and trace. */
export function describeRequest(
  request: AgentRequest & Partial<Pick<MessageRequest, "message">>,
): Described {
  const params =
    request.message && "params" in request.message ? request.message.params : undefined;
  const client = describeClient(request, params);
  const session = request.headers["mcp-session-id"];
  return {
    callId: request.callId,
    ...describePrincipal(request.principal),
    ...(client && { client }),
    ...(session !== undefined && { session: digestOf(session) }),
    clientAddress: request.clientAddress,
    route: request.route.path,
    upstream: request.upstream.name,
    ...describeTrace(request, params),
  };
}

/** What was asked. */
export function describeCall(call: Call): Described {
  return {
    era: call.era,
    method: call.message.method,
    requestBytes: call.body.length,
    ...(call.subject.kind === "tool" && { tool: call.subject.name }),
    ...(call.subject.kind !== "tool" &&
      call.subject.kind !== "method" && { details: { [call.subject.kind]: call.subject.name } }),
  };
}

/** What a call was given beside its subject; undefined: nothing. */
export function argumentsIn(call: Call): unknown {
  if ("arguments" in call) return call.arguments;
  const { _meta: _, ...given } = call.message.params ?? {};
  if (call.subject.kind === "method") return unlessEmpty(given);
  const { name: __, uri: ___, ref: ____, ...others } = given;
  return others["arguments"] ?? unlessEmpty(others);
}

function unlessEmpty(given: Readonly<Record<string, unknown>>): unknown {
  return Object.keys(given).length > 0 ? given : undefined;
}

/** How the agent proved who it is: never with what. */
function describePrincipal({ agent, groups, tenant, login }: Principal): Described {
  if (!login) return { agent, groups, ...(tenant !== undefined && { tenant }) };
  const { method, issuer, key, certificate, scopes, delegation } = login;
  return {
    agent,
    groups,
    ...(tenant !== undefined && { tenant }),
    login: {
      method,
      ...(issuer !== undefined && { issuer }),
      ...(key !== undefined && { key }),
      ...(certificate !== undefined && { certificate }),
      ...(scopes && scopes.length > 0 && { scopes: scopes.slice(0, maxScopes) }),
      ...(delegation && delegation.length > 0 && { delegation: delegation.slice(0, maxDelegates) }),
    },
  };
}

/** In the handshake (`clientInfo`), whose session remembers it, or, in the modern era, with every request (`_meta`). */
function describeClient(
  { headers, client: remembered }: AgentRequest,
  params: unknown,
): AuditEntry["client"] {
  const userAgent = headers["user-agent"];
  const { name, version } = clientIn(params) ?? remembered ?? {};
  const client = {
    ...(name !== undefined && { name }),
    ...(version !== undefined && { version }),
    ...(userAgent !== undefined && { userAgent }),
  };
  return Object.keys(client).length > 0 ? client : undefined;
}

/** The agent's trace, or the one that began here. */
function describeTrace({ headers, traceId }: AgentRequest, params: unknown): Described {
  const given = findTrace(headers, params);
  if (!given) return traceId === undefined ? {} : { traceId };
  const { spanId } = given;
  // Of a trace that began here, nothing of the agent's came before.
  return { traceId: given.traceId, ...(given.traceId !== traceId && { parentSpanId: spanId }) };
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
