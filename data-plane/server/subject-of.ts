import type { Subject } from "../call/agent-request.ts";
import { isObject, type JsonRpcRequest } from "../mcp/json-rpc.ts";

/** What a request is about, as rules name it: the body alone says so. */
export function subjectOf({ method, params }: JsonRpcRequest): Subject {
  switch (method) {
    case "tools/call":
      return named("tool", params?.["name"], method);
    case "prompts/get":
      return named("prompt", params?.["name"], method);
    case "resources/read":
    case "resources/subscribe":
    case "resources/unsubscribe":
      return named("resource", params?.["uri"], method);
    case "completion/complete":
      return referenced(params?.["ref"], method);
    default:
      return { kind: "method", name: method };
  }
}

/** A completion is about the prompt or the resource whose argument it completes. */
function referenced(reference: unknown, method: string): Subject {
  if (!isObject(reference)) return named("prompt", undefined, method);
  return reference["type"] === "ref/resource"
    ? named("resource", reference["uri"], method)
    : named("prompt", reference["name"], method);
}

/** Without a name it is about nothing that exists: no rule will allow it. */
function named(kind: Subject["kind"], name: unknown, method: string): Subject {
  return { kind, name: typeof name === "string" ? name : `(${method} without a name)` };
}
