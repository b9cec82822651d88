import { createHash } from "node:crypto";
import type { RequestId } from "../../mcp/json-rpc.ts";

/** What an agent's message says of a thing: which upstream has it, and by what name it is known there. */
export interface Owned<Name> {
  /** As the agent wrote it. */
  readonly upstream: string;
  readonly name: Name;
}

/** Upstreams of a route with several start with a letter and hold no "_": the first "__" ends the name. */
const separator = "__";
/** What real clients accept as the name of a tool. */
const maxNameLength = 64;
const unsafe = /[^a-zA-Z0-9_-]/g;
const mark = /_[0-9a-f]{8}$/;

/**
 * The name of an upstream's tool or prompt as agents see it. It depends on nothing but the two names.
 * One that clients would refuse is made safe and marked with a digest of the original; so is an
 * original that looks marked, so that a name without a mark is always the original itself.
 */
export function exposeName(upstream: string, name: string): string {
  const prefix = upstream + separator;
  const fits = prefix.length + name.length <= maxNameLength;
  if (fits && name !== "" && name.search(unsafe) < 0 && !mark.test(name)) return prefix + name;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 8);
  const room = maxNameLength - prefix.length - 1 - digest.length;
  return `${prefix}${name.replace(unsafe, "_").slice(0, room)}_${digest}`;
}

/** Whose name it is; undefined when it is nobody's. */
export function ownerOfName(exposed: string): Owned<string> | undefined {
  return split(exposed, separator);
}

/** Whether a name was made safe: only a list of its upstream says then what the original is. */
export function isMarked(name: string): boolean {
  return mark.test(name);
}

/** The URI of an upstream's resource, or a template of URIs, as agents see it: a scheme of the upstream's own. */
export function exposeUri(upstream: string, uri: string): string {
  return `${upstream}+${uri}`;
}

export function ownerOfUri(exposed: string): Owned<string> | undefined {
  return split(exposed, "+");
}

export function exposeTask(upstream: string, taskId: string): string {
  return upstream + separator + taskId;
}

export function ownerOfTask(exposed: string): Owned<string> | undefined {
  return split(exposed, separator);
}

/** The id (or progress token) of an upstream's own request: two upstreams may use the same at once. */
export function exposeId(upstream: string, id: RequestId): string {
  return `${upstream}:${JSON.stringify(id)}`;
}

export function ownerOfId(exposed: unknown): Owned<RequestId> | undefined {
  const owned = typeof exposed === "string" ? split(exposed, ":") : undefined;
  if (!owned) return undefined;
  try {
    const name: unknown = JSON.parse(owned.name);
    return typeof name === "string" || typeof name === "number" ? { ...owned, name } : undefined;
  } catch {
    return undefined;
  }
}

function split(exposed: string, by: string): Owned<string> | undefined {
  const at = exposed.indexOf(by);
  const name = exposed.slice(at + by.length);
  return at > 0 && name !== "" ? { upstream: exposed.slice(0, at), name } : undefined;
}
