import type { Call } from "../../call/agent-request.ts";
import type { Answer } from "../../call/outcome.ts";
import { all, type Change, field } from "../../mcp/change.ts";
import { isObject, jsonRpcCodes } from "../../mcp/json-rpc.ts";
import type { AnswerListener } from "../../upstreams/read-answer.ts";
import { UpstreamError } from "../../upstreams/upstream-error.ts";
import { answerWith, reviseAnswer } from "../answers/answers.ts";
import { headersOn, withoutMcpHeaders } from "./headers.ts";
import type { AnsweredAtOnce, Outgoing, Translated } from "./outgoing.ts";
import { changed, withOwnIds } from "./own-ids.ts";
import type { Way } from "./way.ts";

const modernKeys = ["protocolVersion", "clientCapabilities", "clientInfo", "logLevel"].map(
  (name) => `io.modelcontextprotocol/${name}`,
);
/** What the legacy era has no counterpart for. */
const modernOnly = /^(subscriptions\/|tasks\/|server\/)/;
/** Results that may be cached carry for how long, and by whom (MCP 2026-07-28). */
const cacheable = /^(.+\/list|resources\/read)$/;

/** Codes that must not be emitted in the modern era. */
const replacedCodes: ReadonlyMap<unknown, number> = new Map([
  [-32_002, jsonRpcCodes.invalidParams],
  [-32_042, jsonRpcCodes.internalError],
]);

/** Says to a legacy upstream what a modern agent said, and to the agent what the upstream answers. */
export function toLegacy(
  outgoing: Outgoing,
  way: Way,
  refuse: (message: unknown) => Promise<void>,
): Translated | AnsweredAtOnce {
  const { call, listener } = outgoing;
  const { method } = call.message;
  if (modernOnly.test(method)) return { answer: unknownMethod(call) };
  const headers = headersOn(way, withoutMcpHeaders(call.headers));
  const plain = changed(outgoing, field("params", withoutModernMeta));
  const translated = withOwnIds({
    ...plain,
    call: { ...plain.call, era: "legacy", headers },
    listener: modernListener(listener, call, refuse),
  });
  return {
    ...translated,
    toAgent: (answer) => {
      if (answer.via === "resumable-stream") {
        throw new UpstreamError(`upstream ${call.upstream.name} broke off its answer`);
      }
      return reviseAnswer(translated.toAgent(answer), toModernAnswer(method));
    },
  };
}

function withoutModernMeta(params: unknown): unknown {
  const meta = isObject(params) ? params["_meta"] : undefined;
  if (!isObject(params) || !isObject(meta)) return params;
  const { _meta: _, ...others } = params;
  const kept = Object.entries(meta).filter(([name]) => !modernKeys.includes(name));
  return kept.length === 0 ? others : { ...others, _meta: Object.fromEntries(kept) };
}

/** On the stream of an answer, the modern era knows progress and the log, and no requests. */
function modernListener(
  listener: AnswerListener,
  call: Call,
  refuse: (message: unknown) => Promise<void>,
): AnswerListener {
  const meta = call.message.params?.["_meta"];
  const wantsLog = isObject(meta) && meta["io.modelcontextprotocol/logLevel"] !== undefined;
  return {
    ...listener,
    onEvent: async (event, message) => {
      if (!isObject(message)) return;
      const { method, id } = message;
      if (method !== undefined && id !== undefined) return await refuse(message);
      const isWanted =
        method === "notifications/progress" || (method === "notifications/message" && wantsLog);
      const { id: _, ...unnumbered } = event;
      if (isWanted) await listener.onEvent(unnumbered, message);
    },
  };
}

function toModernAnswer(method: string): Change {
  const completed: Change = (result) =>
    isObject(result)
      ? {
          resultType: "complete",
          ...(cacheable.test(method) && { ttlMs: 0, cacheScope: "private" }),
          ...result,
        }
      : result;
  const recoded = field("code", (code) => replacedCodes.get(code) ?? code);
  return all(field("result", completed), field("error", recoded));
}

function unknownMethod({ message, upstream }: Call): Answer {
  const error = {
    code: jsonRpcCodes.methodNotFound,
    message: `upstream ${upstream.name} speaks an older MCP that has no ${message.method}`,
  };
  return answerWith(404, { jsonrpc: "2.0", id: message.id, error });
}
