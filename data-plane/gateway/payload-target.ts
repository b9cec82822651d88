import type { ArgumentKindName } from "../../core/policy/compiled-scanning.ts";
import { isObject, type JsonRpcNotification } from "../mcp/json-rpc.ts";

/** Values that a server makes something of, as if they were arguments. */
interface PayloadTarget {
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly kinds: readonly (readonly [string, ArgumentKindName])[];
}

/** What of a request, beside tools and prompts, can hold a payload. */
export function findPayloadTarget({
  method,
  params = {},
}: Pick<JsonRpcNotification, "method" | "params">): PayloadTarget | undefined {
  if (method === "completion/complete") return completed(params);
  const { uri } = params;
  return /^resources\//.test(method) && typeof uri === "string" ? addressed(uri) : undefined;
}

/** Servers fetch what begins with http, and look the rest up, most of all in their files. */
function addressed(uri: string): PayloadTarget {
  const [, scheme = "", rest = uri] = /^([a-z][a-z0-9+.-]*):(?:\/\/)?(.*)$/is.exec(uri) ?? [];
  const isWeb = /^https?$/i.test(scheme);
  return {
    arguments: { uri: isWeb ? uri : rest },
    kinds: [["uri", isWeb ? "url" : "path"]],
  };
}

function completed({ argument, context }: Readonly<Record<string, unknown>>): PayloadTarget {
  const known = isObject(context) && isObject(context["arguments"]) ? context["arguments"] : {};
  const named = isObject(argument) ? { [String(argument["name"])]: argument["value"] } : {};
  return { arguments: { ...known, ...named }, kinds: [] };
}
