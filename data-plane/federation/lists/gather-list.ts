import type { Call } from "../../call/agent-request.ts";
import type { Outcome } from "../../call/outcome.ts";
import type { Reply } from "../../call/reply.ts";
import { isObject, jsonRpcCodes } from "../../mcp/json-rpc.ts";
import { errorIn, lengthOf, reasonOf, resultIn } from "../answers/answers.ts";
import type { Member } from "../member.ts";
import { exposeName, exposeTask, exposeUri } from "../names/exposed-names.ts";

/** What a list holds, and how the names of its entries become the route's. */
export interface ListShape {
  readonly method: string;
  /** The field of the result that holds the list. */
  readonly field: string;
  /** The field of an entry that names it. */
  readonly key: string;
  readonly expose: (upstream: string, name: string) => string;
}

const shapes: readonly ListShape[] = [
  { method: "tools/list", field: "tools", key: "name", expose: exposeName },
  { method: "prompts/list", field: "prompts", key: "name", expose: exposeName },
  { method: "resources/list", field: "resources", key: "uri", expose: exposeUri },
  {
    method: "resources/templates/list",
    field: "resourceTemplates",
    key: "uriTemplate",
    expose: exposeUri,
  },
  { method: "tasks/list", field: "tasks", key: "taskId", expose: exposeTask },
];

export const listShapes: ReadonlyMap<string, ListShape> = new Map(
  shapes.map((shape) => [shape.method, shape]),
);

/** One upstream's part of a list. */
export interface ListPart {
  readonly member: Member;
  readonly entries: readonly Readonly<Record<string, unknown>>[];
  /** The names as the upstream has them. */
  readonly names: readonly string[];
  readonly ttlMs: number;
  readonly cacheScope: "public" | "private";
  /** Why there is nothing, or not everything. */
  readonly problem?: string;
  /** How the upstream's first page ended, when that is all there is. */
  readonly failure?: Outcome;
}

/** In whose name a list is read. */
export interface Asking {
  readonly call: Call;
  readonly reply: Reply;
}

const maxEntries = 10_000;
const maxPages = 100;
const maxLength = 32 * 1024 * 1024;

/**
 * Reads one upstream's list to its end, as far as this agent may see it, and for as long as others can wait for it.
 * What was read by then counts.
 */
export async function gatherList(
  member: Member,
  shape: ListShape,
  { call, reply, waitMs }: Asking & { readonly waitMs: number },
): Promise<ListPart> {
  const named = new Map<string, Readonly<Record<string, unknown>>>();
  const part = (rest: Partial<ListPart>): ListPart => ({
    member,
    entries: [...named.values()],
    names: [...named.keys()],
    ttlMs: 0,
    cacheScope: "private",
    ...rest,
  });
  let cache: Pick<ListPart, "ttlMs" | "cacheScope"> | undefined;
  let cursor: string | undefined;
  let length = 0;
  const patience = AbortSignal.timeout(waitMs);
  const asking = { ...call, signal: AbortSignal.any([call.signal, patience]) };
  const hasRoom = () => named.size < maxEntries && length < maxLength;
  for (let page = 0; page < maxPages && hasRoom(); page += 1) {
    const params = cursor === undefined ? {} : { cursor };
    const outcome = await member.ask(asking, { method: shape.method, params }, reply);
    const result = resultIn(outcome);
    if (!result) return part(page === 0 ? nothing(outcome) : { problem: reasonOf(outcome) });
    takeEntries(named, result[shape.field], shape);
    cache = narrower(cache, result);
    const { nextCursor } = result;
    if (typeof nextCursor !== "string") return part(cache);
    length += lengthOf(outcome);
    cursor = nextCursor;
  }
  const most = `${maxEntries} entries, ${maxPages} pages or ${maxLength / 1024 / 1024} MiB`;
  return part({ problem: `it lists more than ${most}: the rest is left out` });
}

/** The part of an upstream that was waited for in vain. */
export function missingPart(member: Member): ListPart {
  const nobody = { member, entries: [], names: [], ttlMs: 0, cacheScope: "private" } as const;
  const outcome: Outcome = { kind: "cancelled" };
  return { ...nobody, problem: reasonOf(outcome), failure: outcome };
}

function takeEntries(
  named: Map<string, Readonly<Record<string, unknown>>>,
  entries: unknown,
  { key }: ListShape,
): void {
  if (!Array.isArray(entries)) return;
  for (const entry of entries) {
    const name = isObject(entry) ? entry[key] : undefined;
    if (named.size >= maxEntries) return;
    if (isObject(entry) && typeof name === "string" && !named.has(name)) named.set(name, entry);
  }
}

/** An upstream that does not know the method has nothing of the kind, and that is no problem. */
function nothing(outcome: Outcome): Partial<ListPart> {
  if (errorIn(outcome)?.code === jsonRpcCodes.methodNotFound) return {};
  // What the policy hides is not named either.
  if (outcome.kind === "denied") return { failure: outcome };
  return { problem: reasonOf(outcome), failure: outcome };
}

function narrower(
  before: Pick<ListPart, "ttlMs" | "cacheScope"> | undefined,
  { ttlMs, cacheScope }: Readonly<Record<string, unknown>>,
): Pick<ListPart, "ttlMs" | "cacheScope"> {
  const isPublic = cacheScope === "public" && before?.cacheScope !== "private";
  const own = typeof ttlMs === "number" ? ttlMs : 0;
  return {
    ttlMs: Math.min(own, before?.ttlMs ?? own),
    cacheScope: isPublic ? "public" : "private",
  };
}
