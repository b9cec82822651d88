import { isObject, jsonRpcCodes } from "../../mcp/json-rpc.ts";
import { parsePrecisely } from "../../mcp/revise-json.ts";

/** A message that was parsed so that writing it again loses nothing (`parsePrecisely`). */
export type Message = Readonly<Record<string, unknown>>;

/** MCP 2026-07-28: the id of the listen request to which a notification belongs. */
const subscriptionKey = "io.modelcontextprotocol/subscriptionId";

/** What a server wrote. Undefined when it is no JSON. */
export function parseLine(line: string): unknown {
  try {
    return parsePrecisely(line);
  } catch {
    return undefined;
  }
}

/** A request under another id, which is its progress token too. */
export function renumber(request: Message, key: number): Message {
  const changed = { ...request, id: key };
  return progressTokenOf(request) === undefined
    ? changed
    : withParams(changed, (params) => withMeta(params, { progressToken: key }));
}

export function progressTokenOf({ params }: Message): unknown {
  return metaOf(params)["progressToken"];
}

export function subscriptionIdOf({ params }: Message): unknown {
  return metaOf(params)[subscriptionKey];
}

export function withSubscriptionId(notification: Message, id: unknown): Message {
  return withParams(notification, (params) => withMeta(params, { [subscriptionKey]: id }));
}

/** An answer to a listen request repeats its id too. */
export function withAnswerId(answer: Message, id: unknown): Message {
  const { result } = answer;
  if (metaOf(result)[subscriptionKey] === undefined) return { ...answer, id };
  return { ...answer, id, result: withMeta(result as Message, { [subscriptionKey]: id }) };
}

/** With some of its params changed. */
export function withParam(message: Message, name: string, value: unknown): Message {
  return withParams(message, (params) => ({ ...params, [name]: value }));
}

export function paramOf({ params }: Message, name: string): unknown {
  return isObject(params) ? params[name] : undefined;
}

/** The HTTP status of an answer (MCP 2026-07-28, Streamable HTTP). */
export function statusOf({ error }: Message): number {
  return (isObject(error) && statuses.get(error["code"])) || 200;
}

const statuses: ReadonlyMap<unknown, number> = new Map([
  [jsonRpcCodes.methodNotFound, 404],
  [jsonRpcCodes.headerMismatch, 400],
  [-32_021, 400],
  [jsonRpcCodes.unsupportedVersion, 400],
]);

/** A level of logging is one for all, and tasks are listed for all: between agents neither may be. */
export function cannotBeShared(method: string): boolean {
  return method === "logging/setLevel" || method.startsWith("tasks/");
}

/** What a server offers to agents that share it: not what cannot be told apart. */
export function withSharedCapabilities(answer: Message): Message {
  const { result } = answer;
  if (!isObject(result) || !isObject(result["capabilities"])) return answer;
  const { logging: _logging, tasks: _tasks, ...capabilities } = result["capabilities"];
  const { extensions } = capabilities;
  if (!isObject(extensions)) return { ...answer, result: { ...result, capabilities } };
  const { "io.modelcontextprotocol/tasks": _extension, ...others } = extensions;
  return {
    ...answer,
    result: { ...result, capabilities: { ...capabilities, extensions: others } },
  };
}

function metaOf(holder: unknown): Message {
  const meta = isObject(holder) ? holder["_meta"] : undefined;
  return isObject(meta) ? meta : {};
}

function withParams(message: Message, change: (params: Message) => Message): Message {
  return { ...message, params: change(isObject(message["params"]) ? message["params"] : {}) };
}

function withMeta(holder: Message, changes: Message): Message {
  return { ...holder, _meta: { ...metaOf(holder), ...changes } };
}
