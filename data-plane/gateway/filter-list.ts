import { mayUse } from "../../core/policy/decide.ts";
import { type Call, factsOf } from "../call/agent-request.ts";
import type { Answer } from "../call/outcome.ts";
import { isObject } from "../mcp/json-rpc.ts";
import { withMessage } from "./inspect-answer.ts";
import type { ListedKind, ListedNames } from "./listed-names.ts";

interface ListShape {
  /** The field of the result that holds the list. */
  readonly field: string;
  readonly kind: ListedKind;
  /** The field of an entry that rules match. */
  readonly key: string;
}

const lists: ReadonlyMap<string, ListShape> = new Map([
  ["tools/list", { field: "tools", kind: "tool", key: "name" }],
  ["prompts/list", { field: "prompts", kind: "prompt", key: "name" }],
  ["resources/list", { field: "resources", kind: "resource", key: "uri" }],
  [
    "resources/templates/list",
    { field: "resourceTemplates", kind: "resource", key: "uriTemplate" },
  ],
]);

export function isListMethod(method: string): boolean {
  return lists.has(method);
}

/** Leaves in a list only what this agent could use with some arguments. */
export function filterList(call: Call, answer: Answer, listed: Pick<ListedNames, "note">): Answer {
  const shape = lists.get(call.message.method);
  if (!shape || answer.via === "resumable-stream" || !isObject(answer.message)) return answer;
  const { result } = answer.message;
  const entries = isObject(result) ? result[shape.field] : undefined;
  if (!isObject(result) || !Array.isArray(entries)) return answer;

  listed.note(call.upstream, shape.kind, namesIn(entries, shape));
  const visible = entries.filter((entry) => isVisible(entry, shape, call));
  if (visible.length === entries.length) return answer;
  const filtered = {
    ...result,
    [shape.field]: visible,
    // What was made for one agent must not be shown to another (MCP 2026-07-28, caching).
    ...(result["cacheScope"] !== undefined && { cacheScope: "private" }),
  };
  return withMessage(answer, { ...answer.message, result: filtered });
}

function namesIn(entries: readonly unknown[], { key }: ListShape): string[] {
  return entries.map((entry) => nameOf(entry, key)).filter((name) => name !== undefined);
}

function nameOf(entry: unknown, key: string): string | undefined {
  const name = isObject(entry) ? entry[key] : undefined;
  return typeof name === "string" ? name : undefined;
}

function isVisible(entry: unknown, { kind, key }: ListShape, call: Call): boolean {
  const name = nameOf(entry, key);
  if (name === undefined) return false;
  return mayUse(call.config.policy, factsOf(call, { kind, name }, undefined));
}
