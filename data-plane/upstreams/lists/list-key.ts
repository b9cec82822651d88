import { createHash } from "node:crypto";
import type { Call } from "../../call/agent-request.ts";
import { isObject } from "../../mcp/json-rpc.ts";
import { credentialsKey } from "../shown-credentials.ts";

/** Whose answer it is: everybody's, or one agent's. */
export type Audience = "public" | "private";

/** What differs from request to request and changes nothing in an answer. */
const passing = /^(progressToken|traceparent|tracestate|baggage|content-length)$/;

/**
 * Names what an upstream would answer the same to: the server, the route, and everything the request says.
 * What this release does not know may matter to the upstream, so it counts.
 * Undefined when the upstream might refuse what it is asked, and has to be asked.
 */
export function listKey(call: Call, audience: Audience): string | undefined {
  const { principal, route, upstream, config, message, headers } = call;
  const { id, jsonrpc: _, params = {}, ...others } = message;
  if (!isUsual(id)) return undefined;
  const { _meta: meta, ...wishes } = params;
  const parts = [
    audience === "public" ? null : [principal.agent, credentialsKey(upstream, call)],
    route.path,
    config.version,
    upstream.name,
    upstream.target,
    sorted(others),
    sorted(wishes),
    isObject(meta) ? sorted(meta) : meta,
    sorted(headers),
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}

function sorted(fields: Readonly<Record<string, unknown>>): unknown {
  return Object.entries(fields)
    .filter(([name, value]) => !(passing.test(name) && isUsual(value)))
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
}

/** An id, a token or a text that no server minds. JSON-RPC advises against fractions; official servers refuse them. */
function isUsual(value: unknown): boolean {
  return typeof value === "string" || Number.isSafeInteger(value);
}
