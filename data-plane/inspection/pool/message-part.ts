import { isObject } from "../../mcp/json-rpc.ts";

/** What of a JSON-RPC message is looked through. */
export type MessagePart =
  /** Those of a tool or prompt. */
  | { readonly kind: "arguments" }
  /** One of its members, under its name, without these keys. */
  | {
      readonly kind: "member";
      readonly name: "params" | "result" | "error";
      readonly without: readonly string[];
    };

/** The part as it is looked through. Undefined: the message has no such arguments. */
export function partOf(
  message: unknown,
  part: MessagePart,
): Readonly<Record<string, unknown>> | undefined {
  const holder = isObject(message) ? message : {};
  if (part.kind === "arguments") {
    const { params } = holder;
    const args = isObject(params) ? params["arguments"] : undefined;
    return isObject(args) ? args : undefined;
  }
  const { name, without } = part;
  const member = holder[name];
  if (!isObject(member) || without.length === 0) return { [name]: member };
  const kept = Object.entries(member).filter(([key]) => !without.includes(key));
  return { [name]: Object.fromEntries(kept) };
}
