import type { Call } from "../../call/agent-request.ts";
import type { Outcome } from "../../call/outcome.ts";
import type { Reply } from "../../call/reply.ts";
import { jsonRpcCodes } from "../../mcp/json-rpc.ts";
import { errorOf, metaOf, resultOf } from "../answers/answers.ts";
import type { Member } from "../member.ts";
import type { NameIndex } from "../names/name-index.ts";
import { patienceMs } from "../upstream/greeter.ts";
import type { Patience } from "../upstream/patience.ts";
import {
  type Asking,
  gatherList,
  type ListPart,
  type ListShape,
  missingPart,
} from "./gather-list.ts";
import { decodeCursor, encodeCursor } from "./list-cursor.ts";

interface MergeParts {
  readonly members: readonly Member[];
  readonly names: NameIndex;
  readonly patience: Patience;
  readonly reply: Reply;
}

const pageSize = 500;

/**
 * Answers a list with the lists of all upstreams, in the order of the route, and says whose part is missing.
 * Each page is cut out of the whole, so that any proxy can go on where another stopped.
 */
export async function mergeLists(
  call: Call,
  shape: ListShape,
  { members, names, patience, reply }: MergeParts,
): Promise<Outcome> {
  const offset = decodeCursor(shape.method, call.message.params?.["cursor"]);
  if (offset === undefined) {
    const message = "Unknown cursor. List again without one, from the beginning.";
    return errorOf(call, jsonRpcCodes.invalidParams, message);
  }
  const parts = await Promise.all(
    members.map((member) =>
      patience.await(member.upstream, {
        begin: (waitMs) => gatherList(member, shape, { call, reply, waitMs }),
        isGood: ({ problem }) => problem === undefined,
        late: () => missingPart(member),
      }),
    ),
  );
  for (const part of parts) noteNames(names, shape, part);
  const [failure, ...others] = parts.map((part) => part.failure);
  if (failure && others.every((other) => other)) return failure;

  const entries = parts.flatMap((part) => exposedEntries(part, shape));
  const end = offset + pageSize;
  return resultOf(call, {
    [shape.field]: entries.slice(offset, end),
    ...(end < entries.length && { nextCursor: encodeCursor(shape.method, end) }),
    ...(call.era === "modern" && cachingOf(parts)),
    ...metaOf(problemsOf(parts)),
  });
}

/** The names of one upstream's tools or prompts, as far as the agent may see them. */
export async function listNames(
  member: Member,
  shape: ListShape,
  on: Asking,
): Promise<readonly string[]> {
  const waitMs = patienceMs(member.upstream);
  return (await gatherList(member, shape, { ...on, waitMs })).names;
}

function noteNames(index: NameIndex, { field }: ListShape, { member, names }: ListPart): void {
  if (field === "tools" || field === "prompts") index.note(member.upstream, field, names);
}

function exposedEntries({ member, entries }: ListPart, { key, expose }: ListShape) {
  const exposed = new Map<string, Readonly<Record<string, unknown>>>();
  for (const entry of entries) {
    const name = expose(member.name, String(entry[key]));
    if (!exposed.has(name)) exposed.set(name, { ...entry, [key]: name });
  }
  return [...exposed.values()];
}

function problemsOf(parts: readonly ListPart[]) {
  return parts.flatMap(({ member, problem }) =>
    problem === undefined ? [] : [{ upstream: member.name, reason: problem }],
  );
}

/** What is missing may be back at any moment; what one upstream made for this agent makes the whole private. */
function cachingOf(parts: readonly ListPart[]) {
  const isWhole = parts.every(({ problem }) => problem === undefined);
  const isPublic = isWhole && parts.every(({ cacheScope }) => cacheScope === "public");
  return {
    ttlMs: isWhole ? Math.min(...parts.map(({ ttlMs }) => ttlMs)) : 0,
    cacheScope: isPublic ? "public" : "private",
  };
}
