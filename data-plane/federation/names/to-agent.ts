import { all, type Change, field, items, text } from "../../mcp/change.ts";
import { isObject, type RequestId } from "../../mcp/json-rpc.ts";
import { exposeId, exposeTask, exposeUri } from "./exposed-names.ts";

const relatedTask = "io.modelcontextprotocol/related-task";

/** Rewrites what an upstream says, answers included, so that its names mean something on a route with several. */
export function toAgent(upstream: string): Change {
  const result = field("result", resultToAgent(upstream));
  const said = saidToAgent(upstream);
  return (message) => (isObject(message) && "method" in message ? said(message) : result(message));
}

/** Rewrites the URIs and task ids in a result. */
function resultToAgent(upstream: string): Change {
  const uri = field(
    "uri",
    text((value) => exposeUri(upstream, value)),
  );
  const block = contentToAgent(uri);
  const taskId = taskIdToAgent(upstream);
  const always = all(
    field("content", items(block)),
    field(
      "messages",
      items(
        field("content", (content) => (Array.isArray(content) ? items(block) : block)(content)),
      ),
    ),
    field("contents", items(uri)),
    field("task", taskId),
    field("tasks", items(taskId)),
    field("_meta", field(relatedTask, taskId)),
  );
  return (result) => {
    const changed = always(result);
    return holdsTask(changed) ? taskId(changed) : changed;
  };
}

function contentToAgent(uri: Change): Change {
  const linked = field("resource", uri);
  return (block) => {
    if (!isObject(block)) return block;
    if (block["type"] === "resource_link") return uri(block);
    return block["type"] === "resource" ? linked(block) : block;
  };
}

/** A result that is a task: of the extension (SEP-2663), or an answer of tasks/get and tasks/cancel. */
function holdsTask(result: unknown): boolean {
  return (
    isObject(result) &&
    typeof result["taskId"] === "string" &&
    (result["resultType"] === "task" || typeof result["status"] === "string")
  );
}

/** A notification, or a request that the upstream makes: its id and progress token become the route's. */
function saidToAgent(upstream: string): Change {
  const id = idToAgent(upstream);
  const taskId = taskIdToAgent(upstream);
  const meta = field("_meta", field(relatedTask, taskId));
  const asked = all(
    field("id", id),
    field("params", all(meta, field("_meta", field("progressToken", id)))),
  );
  const notified = new Map<unknown, Change>([
    [
      "notifications/resources/updated",
      field(
        "uri",
        text((uri) => exposeUri(upstream, uri)),
      ),
    ],
    ["notifications/cancelled", field("requestId", id)],
    ["notifications/tasks/status", taskId],
    ["notifications/tasks", taskId],
  ]);
  return (message) => {
    if (!isObject(message)) return message;
    if (message["id"] !== undefined) return asked(message);
    const change = notified.get(message["method"]);
    return field("params", change ? all(meta, change) : meta)(message);
  };
}

function idToAgent(upstream: string): Change {
  return (id) => (isRequestId(id) ? exposeId(upstream, id) : id);
}

function taskIdToAgent(upstream: string): Change {
  return field(
    "taskId",
    text((taskId) => exposeTask(upstream, taskId)),
  );
}

function isRequestId(id: unknown): id is RequestId {
  return typeof id === "string" || typeof id === "number";
}
