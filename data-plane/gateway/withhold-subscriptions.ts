import { mayUse } from "../../core/policy/decide.ts";
import { type Call, factsOf } from "../call/agent-request.ts";
import { isObject } from "../mcp/json-rpc.ts";

/**
 * The call without subscriptions to resources that the agent may not read: in the legacy era each subscription is
 * a request that the policy decides on; in the modern era they come together (`subscriptions/listen`).
 */
export function withholdSubscriptions<Asked extends Call>(call: Asked): Asked {
  const { method, params } = call.message;
  const wishes = method === "subscriptions/listen" ? params?.["notifications"] : undefined;
  const uris = isObject(wishes) ? wishes["resourceSubscriptions"] : undefined;
  if (!isObject(wishes) || !Array.isArray(uris)) return call;
  const allowed = uris.filter((uri) => typeof uri !== "string" || mayRead(call, uri));
  if (allowed.length === uris.length) return call;
  const notifications = { ...wishes, resourceSubscriptions: allowed };
  const message = { ...call.message, params: { ...params, notifications } };
  return { ...call, message, body: Buffer.from(JSON.stringify(message)) };
}

function mayRead(call: Call, uri: string): boolean {
  return mayUse(call.config.policy, factsOf(call, { kind: "resource", name: uri }, undefined));
}
