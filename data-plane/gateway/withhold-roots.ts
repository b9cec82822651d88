import type { AgentRequest, Call, MessageRequest } from "../call/agent-request.ts";
import { isObject } from "../mcp/json-rpc.ts";

const modernCapabilities = "io.modelcontextprotocol/clientCapabilities";

/**
 * The call without the agent's offer of roots, where its upstream may not have them:
 * a server that hears of none does not ask, and keeps to the folders it was started with.
 */
export function withholdRoots<Asked extends Call>(call: Asked): Asked {
  if (call.upstream.acceptsRoots) return call;
  const { params } = call.message;
  const changed =
    withoutRoots(params, "capabilities") ?? withoutRoots(params, "_meta", modernCapabilities);
  if (!changed) return call;
  const message = { ...call.message, params: changed };
  return { ...call, message, body: Buffer.from(JSON.stringify(message)) };
}

/** Whether a message would tell an upstream of roots that it may not have. */
export function speaksOfRoots(request: AgentRequest | MessageRequest): boolean {
  const message = "message" in request ? request.message : undefined;
  return (
    message !== undefined &&
    "method" in message &&
    message.method === "notifications/roots/list_changed"
  );
}

/** A copy of an object without `roots` at the end of the path; undefined when there are none. */
function withoutRoots(
  holder: unknown,
  field: string,
  ...rest: string[]
): Readonly<Record<string, unknown>> | undefined {
  const inner = isObject(holder) ? holder[field] : undefined;
  if (!isObject(holder) || !isObject(inner)) return undefined;
  const [next, ...others] = rest;
  if (next !== undefined) {
    const changed = withoutRoots(inner, next, ...others);
    return changed && { ...holder, [field]: changed };
  }
  if (!("roots" in inner)) return undefined;
  const { roots: _, ...kept } = inner;
  return { ...holder, [field]: kept };
}
