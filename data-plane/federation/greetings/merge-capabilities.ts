import { isObject } from "../../mcp/json-rpc.ts";

type Capabilities = Readonly<Record<string, unknown>>;

/** What at least one upstream can do. */
export function mergeCapabilities(all: readonly Capabilities[]): Capabilities {
  return all.reduce(union, {});
}

function union(one: Capabilities, other: Capabilities): Capabilities {
  const merged: Record<string, unknown> = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const before = merged[name];
    if (isObject(before) && isObject(value)) merged[name] = union(before, value);
    else if (before === undefined || before === false) merged[name] = value;
  }
  return merged;
}
