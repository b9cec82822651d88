import { type Change, field } from "../../mcp/change.ts";
import { isObject, type JsonRpcMessage, type JsonRpcRequest } from "../../mcp/json-rpc.ts";
import {
  isMarked,
  type Owned,
  ownerOfId,
  ownerOfName,
  ownerOfTask,
  ownerOfUri,
} from "./exposed-names.ts";

/** What one upstream's names for something are listed under. */
export type ListedKind = "tools" | "prompts";

/** Where in a request the name stands that says which upstream it is for. */
interface Mention {
  /** In words for a model. */
  readonly what: string;
  /** The method that lists what there is. */
  readonly listedBy: string;
  readonly path: readonly [string, ...string[]];
  readonly ownerOf: (exposed: string) => Owned<string> | undefined;
  readonly kind?: ListedKind;
}

/** A request that is for one upstream. */
export interface Addressed extends Owned<string> {
  readonly mention: Mention;
  /** As the agent wrote it. */
  readonly exposed: string;
  /** Set when the name was made safe: the original is the one of these that gives it. */
  readonly markedIn?: ListedKind;
}

const tool: Mention = {
  what: "tool",
  listedBy: "tools/list",
  path: ["name"],
  ownerOf: ownerOfName,
  kind: "tools",
};
const prompt: Mention = {
  what: "prompt",
  listedBy: "prompts/list",
  path: ["name"],
  ownerOf: ownerOfName,
  kind: "prompts",
};
const resource: Mention = {
  what: "resource",
  listedBy: "resources/list",
  path: ["uri"],
  ownerOf: ownerOfUri,
};
const task: Mention = {
  what: "task",
  listedBy: "tasks/list",
  path: ["taskId"],
  ownerOf: ownerOfTask,
};

const mentions: ReadonlyMap<string, Mention> = new Map([
  ["tools/call", tool],
  ["prompts/get", prompt],
  ["resources/read", resource],
  ["resources/subscribe", resource],
  ["resources/unsubscribe", resource],
  ["tasks/get", task],
  ["tasks/result", task],
  ["tasks/update", task],
  ["tasks/cancel", task],
]);

/** What a request is for: one upstream, nothing that exists, or (undefined) no upstream in particular. */
export function addressOf({ method, params }: JsonRpcRequest): Addressed | Mention | undefined {
  const mention = method === "completion/complete" ? completionOf(params) : mentions.get(method);
  if (!mention) return undefined;
  const exposed = valueAt(params, mention.path);
  const owned = typeof exposed === "string" ? mention.ownerOf(exposed) : undefined;
  if (typeof exposed !== "string" || !owned) return mention;
  const { kind } = mention;
  return {
    ...owned,
    mention,
    exposed,
    ...(kind && isMarked(exposed) && { markedIn: kind }),
  };
}

export function isAddressed(address: Addressed | Mention): address is Addressed {
  return "mention" in address;
}

/** Puts the upstream's own name into a request. */
export function withName({ mention }: Addressed, name: string): Change {
  return field("params", put(mention.path, name));
}

/** Whose request an agent's message answers, or speaks of; the message as that upstream knows it. */
export function replyAddressOf(
  message: JsonRpcMessage,
): { readonly upstream: string; readonly change: Change } | undefined {
  if (!("method" in message)) {
    const owned = ownerOfId(message.id);
    return owned && { upstream: owned.upstream, change: field("id", () => owned.name) };
  }
  if (message.method !== "notifications/progress") return undefined;
  const owned = ownerOfId(message.params?.["progressToken"]);
  if (!owned) return undefined;
  const change = field(
    "params",
    field("progressToken", () => owned.name),
  );
  return { upstream: owned.upstream, change };
}

/** The type decides what is meant, as it does for the policy (server/subject-of.ts). */
function completionOf(params: JsonRpcRequest["params"]): Mention {
  const ref = params?.["ref"];
  const isResource = isObject(ref) && ref["type"] === "ref/resource";
  return isResource ? { ...resource, path: ["ref", "uri"] } : { ...prompt, path: ["ref", "name"] };
}

function valueAt(holder: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, step) => (isObject(at) ? at[step] : undefined), holder);
}

function put([first, ...rest]: readonly [string, ...string[]], value: string): Change {
  const [next, ...others] = rest;
  return field(first, next === undefined ? () => value : put([next, ...others], value));
}
