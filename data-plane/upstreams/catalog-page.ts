import type { DefinitionName } from "../../core/pins/definition-kind.ts";
import { isObject } from "../mcp/json-rpc.ts";

/** What can be listed. */
export type CatalogKind = "tool" | "prompt" | "resource" | "template";

/** What an upstream lists of one kind, as the pins take it. */
export interface CatalogEntry extends DefinitionName {
  /** All that the upstream says of it. */
  readonly said: Readonly<Record<string, unknown>>;
}

/** How each kind is listed. */
export const catalogShapes: Readonly<
  Record<CatalogKind, { method: string; field: string; key: string }>
> = {
  tool: { method: "tools/list", field: "tools", key: "name" },
  prompt: { method: "prompts/list", field: "prompts", key: "name" },
  resource: { method: "resources/list", field: "resources", key: "uri" },
  template: {
    method: "resources/templates/list",
    field: "resourceTemplates",
    key: "uriTemplate",
  },
};

/** One page of a list. Undefined: it is none. */
export function pageIn(
  message: unknown,
  kind: CatalogKind,
): { readonly entries: CatalogEntry[]; readonly nextCursor: string | undefined } | undefined {
  const { field, key } = catalogShapes[kind];
  const result = isObject(message) ? message["result"] : undefined;
  const listed = isObject(result) ? result[field] : undefined;
  if (!isObject(result) || !Array.isArray(listed)) return undefined;
  const entries = listed.flatMap((said: unknown): CatalogEntry[] => {
    const name = isObject(said) ? said[key] : undefined;
    return isObject(said) && typeof name === "string" ? [{ kind, name, said }] : [];
  });
  const { nextCursor } = result;
  return { entries, nextCursor: typeof nextCursor === "string" ? nextCursor : undefined };
}
