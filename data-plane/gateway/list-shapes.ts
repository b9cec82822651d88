import type { DefinitionKind } from "../../core/pins/definition-kind.ts";
import { isObject } from "../mcp/json-rpc.ts";
import type { ListedKind } from "./listed-names.ts";

/** A list of MCP. */
export interface ListShape {
  /** The field of the result that holds the list. */
  readonly field: string;
  /** As rules name what is in it. */
  readonly subject: ListedKind;
  /** As pins do. */
  readonly kind: DefinitionKind;
  /** The field of an entry that names it. */
  readonly key: string;
}

const lists: ReadonlyMap<string, ListShape> = new Map([
  ["tools/list", { field: "tools", subject: "tool", kind: "tool", key: "name" }],
  ["prompts/list", { field: "prompts", subject: "prompt", kind: "prompt", key: "name" }],
  ["resources/list", { field: "resources", subject: "resource", kind: "resource", key: "uri" }],
  [
    "resources/templates/list",
    { field: "resourceTemplates", subject: "resource", kind: "template", key: "uriTemplate" },
  ],
]);

export function listShapeOf(method: string): ListShape | undefined {
  return lists.get(method);
}

/** The lists that a result holds, whatever was asked. */
export function listsIn(result: Readonly<Record<string, unknown>>): readonly ListShape[] {
  return [...lists.values()].filter(({ field }) => Array.isArray(result[field]));
}

/** Undefined: it has none. */
export function entryName(entry: unknown, { key }: ListShape): string | undefined {
  const name = isObject(entry) ? entry[key] : undefined;
  return typeof name === "string" ? name : undefined;
}
