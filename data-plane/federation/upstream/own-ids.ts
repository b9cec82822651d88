import { randomUUID } from "node:crypto";
import { all, type Change, field } from "../../mcp/change.ts";
import { isObject } from "../../mcp/json-rpc.ts";
import { reviseJson } from "../../mcp/revise-json.ts";
import type { SseEvent } from "../../mcp/sse.ts";
import { reviseAnswer } from "../answers/answers.ts";
import type { Outgoing, Translated } from "./outgoing.ts";

/**
 * Gives a call an id of the gateway's own: several clients that are one agent share a session,
 * and their ids may be the same at the same time.
 */
export function withOwnIds(outgoing: Outgoing): Translated {
  const { call, listener } = outgoing;
  const id = `mcpgw-${randomUUID()}`;
  const agentId = call.message.id;
  const meta = call.message.params?.["_meta"];
  const agentToken = isObject(meta) ? meta["progressToken"] : undefined;
  const toUpstream = all(
    field("id", () => id),
    field(
      "params",
      field(
        "_meta",
        field("progressToken", () => id),
      ),
    ),
  );
  const restoreToken: Change = (message) =>
    isProgress(message)
      ? field(
          "params",
          field("progressToken", () => agentToken),
        )(message)
      : message;
  return {
    ...changed(outgoing, toUpstream),
    listener: {
      ...listener,
      onEvent: (event, message) =>
        isProgress(message)
          ? listener.onEvent(reviseEvent(event, restoreToken), restoreToken(message))
          : listener.onEvent(event, message),
    },
    cancelsByMessage: true,
    toAgent: (answer) =>
      reviseAnswer(
        answer,
        field("id", () => agentId),
      ),
  };
}

/** A call with its message changed. */
export function changed({ call, body, listener }: Outgoing, change: Change): Outgoing {
  const text = reviseJson(body.toString("utf8"), change);
  const message = change(call.message) as typeof call.message;
  const revised = Buffer.from(text);
  return { call: { ...call, message, body: revised }, body: revised, listener };
}

/** An event with its message changed. */
export function reviseEvent(event: SseEvent, change: Change): SseEvent {
  const { data } = event;
  if (data === undefined || data === "") return event;
  const revised = reviseJson(data, change);
  return revised === data ? event : { ...event, data: revised };
}

function isProgress(message: unknown): boolean {
  return isObject(message) && message["method"] === "notifications/progress";
}
