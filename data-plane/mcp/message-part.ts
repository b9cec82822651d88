import { isObject } from "./json-rpc.ts";

/** A part of a JSON-RPC message. */
export type MessagePart =
  /** What stands behind these keys. */
  | { readonly kind: "inside"; readonly path: readonly string[] }
  /** One of its members, under its name, without these keys. */
  | {
      readonly kind: "member";
      readonly name: "params" | "result" | "error";
      readonly without: readonly string[];
    };

/** The arguments of a tool or prompt. */
export const argumentsPart = { kind: "inside", path: ["params", "arguments"] } as const;

/** Undefined where the message has no such part. */
export function partOf(message: unknown, part: MessagePart): unknown {
  if (part.kind === "member") return memberOf(message, part);
  return part.path.reduce(
    (holder, key) => (isObject(holder) && Object.hasOwn(holder, key) ? holder[key] : undefined),
    message,
  );
}

/** One member of a message, as an object that holds nothing else. */
export function memberOf(
  message: unknown,
  { name, without }: Extract<MessagePart, { kind: "member" }>,
): Readonly<Record<string, unknown>> {
  const member = isObject(message) ? message[name] : undefined;
  if (!isObject(member) || without.length === 0) return { [name]: member };
  const kept = Object.entries(member).filter(([key]) => !without.includes(key));
  return { [name]: Object.fromEntries(kept) };
}
