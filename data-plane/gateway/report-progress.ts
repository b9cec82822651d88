import type { Call } from "../call/agent-request.ts";
import type { Reply } from "../call/reply.ts";
import { isObject } from "../mcp/json-rpc.ts";

const everyMs = 15_000;

/** Sends progress while a call waits, when the agent asked for it: many clients wait longer then. */
export function reportProgress(call: Call, reply: Reply, message: string): () => void {
  const meta = call.message.params?.["_meta"];
  const token = isObject(meta) ? meta["progressToken"] : undefined;
  if (typeof token !== "string" && typeof token !== "number") return () => {};
  let progress = 0;
  const send = () => {
    progress += 1;
    const params = { progressToken: token, progress, message };
    const notification = { jsonrpc: "2.0", method: "notifications/progress", params };
    void reply.send({ event: "message", data: JSON.stringify(notification) });
  };
  send();
  const timer = setInterval(send, everyMs);
  return () => clearInterval(timer);
}
