import { createHash } from "node:crypto";
import type { AuditEntry } from "../../core/audit/record.ts";
import type { AgentRequest, Call, MessageRequest, Principal } from "../call/agent-request.ts";
import { isObject } from "../mcp/json-rpc.ts";

type Described = Omit<AuditEntry, "event">;

/** Agents choose these texts. */
const maxTextLength = 200;
const maxScopes = 50;

/** Who asked, from where, for what route, in which session and trace. */
export function describeRequest(
  request: AgentRequest & Partial<Pick<MessageRequest, "message">>,
): Described {
  const params =
    request.message && "params" in request.message ? request.message.params : undefined;
  const client = describeClient(request.headers["user-agent"], params);
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
      ...(delegation && delegation.length > 0 && { delegation }),
    },
  };
}

/** In the handshake (`clientInfo`) or, in the modern era, with every request (`_meta`). */
function describeClient(userAgent: string | undefined, params: unknown): AuditEntry["client"] {
  const given = isObject(params) ? params : {};
  const meta = isObject(given["_meta"]) ? given["_meta"] : {};
  const info = meta["io.modelcontextprotocol/clientInfo"] ?? given["clientInfo"];
  const { name, version } = isObject(info) ? info : {};
  const client = {
    ...(typeof name === "string" && { name: shortened(name) }),
    ...(typeof version === "string" && { version: shortened(version) }),
    ...(userAgent !== undefined && { userAgent: shortened(userAgent) }),
  };
  return Object.keys(client).length > 0 ? client : undefined;
}

const traceparentPattern =
  /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}/;

/** W3C Trace Context: in the header, or in `_meta` as MCP does where one connection carries many requests. */
function describeTrace({ headers, traceId }: AgentRequest, params: unknown): Described {
  const meta = isObject(params) && isObject(params["_meta"]) ? params["_meta"] : {};
  for (const traceparent of [meta["traceparent"], headers["traceparent"]]) {
    const [, trace, span] = traceparentPattern.exec(String(traceparent ?? "")) ?? [];
    if (trace !== undefined && span !== undefined) return { traceId: trace, parentSpanId: span };
  }
  return traceId === undefined ? {} : { traceId };
}

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function shortened(text: string): string {
  return text.slice(0, maxTextLength).toWellFormed();
}
