import type { CompiledUpstream } from "../../../core/policy/compiled-policy.ts";
import type { Call } from "../../call/agent-request.ts";
import type { Answer } from "../../call/outcome.ts";
import type { Change } from "../../mcp/change.ts";
import { modernVersion } from "../../mcp/era.ts";
import { isObject, type JsonRpcRequest, jsonRpcCodes } from "../../mcp/json-rpc.ts";
import { answerWith, reviseAnswer } from "../answers/answers.ts";
import { encodeHeader } from "../names/header-value.ts";
import { withoutMcpHeaders } from "./headers.ts";
import { isLost } from "./lost.ts";
import { modernMeta } from "./modern-meta.ts";
import type { AnsweredAtOnce, Outgoing, Translated } from "./outgoing.ts";
import { changed } from "./own-ids.ts";
import type { AgentProfile } from "./way.ts";

/** Methods whose answer may be that the upstream wants more (MCP 2026-07-28, multi round-trip requests). */
const asking = /^(tools\/call|prompts\/get|resources\/read)$/;
/** What the modern era has no counterpart for that one request could be turned into. */
const legacyOnly = /^(tasks\/|resources\/(un)?subscribe$)/;

/** Says to a modern upstream what a legacy agent said, and to the agent what the upstream answers. */
export function toModern(outgoing: Outgoing, profile: AgentProfile): Translated | AnsweredAtOnce {
  const { call } = outgoing;
  const { message } = call;
  if (message.method === "logging/setLevel") {
    return { answer: answerWith(200, { jsonrpc: "2.0", id: message.id, result: {} }) };
  }
  if (legacyOnly.test(message.method)) return { answer: unknownMethod(call) };
  const modern = changed(outgoing, withModernMeta(profile, askableBy(profile, call.upstream)));
  return {
    ...modern,
    call: { ...modern.call, era: "modern", headers: modernHeaders(call) },
    cancelsByMessage: false,
    mayAsk: asking.test(message.method),
    toAgent: (answer) => withLegacyStatus(reviseAnswer(answer, toLegacyAnswer(call))),
  };
}

/** What an agent can be asked in an upstream's name. Roots are offered to those only that may have them. */
export function askableBy(
  { capabilities }: AgentProfile,
  { acceptsRoots }: CompiledUpstream,
): Readonly<Record<string, unknown>> {
  const { elicitation, sampling, roots } = capabilities;
  return {
    ...(isObject(elicitation) && { elicitation }),
    ...(isObject(sampling) && { sampling }),
    ...(isObject(roots) && acceptsRoots && { roots: {} }),
  };
}

/** To a legacy agent, a refusal's status speaks of the transport: 404 would end its session. */
function withLegacyStatus(answer: Answer): Answer {
  if (answer.via !== "json" || !isObject(answer.message)) return answer;
  return isLost(answer, { era: "modern" }) ? answer : { ...answer, status: 200 };
}

function withModernMeta({ clientInfo }: AgentProfile, capabilities: object): Change {
  return (message) => {
    if (!isObject(message)) return message;
    const params = isObject(message["params"]) ? message["params"] : {};
    const meta = isObject(params["_meta"]) ? params["_meta"] : {};
    return {
      ...message,
      params: { ...params, _meta: { ...meta, ...modernMeta(capabilities, clientInfo) } },
    };
  };
}

function modernHeaders({ headers, message }: Call): Readonly<Record<string, string>> {
  const name = nameIn(message);
  return {
    ...withoutMcpHeaders(headers),
    "mcp-protocol-version": modernVersion,
    "mcp-method": message.method,
    ...(name !== undefined && { "mcp-name": encodeHeader(name) }),
  };
}

function nameIn({ method, params }: JsonRpcRequest): string | undefined {
  const isNamed = method === "tools/call" || method === "prompts/get";
  const name = isNamed
    ? params?.["name"]
    : method === "resources/read"
      ? params?.["uri"]
      : undefined;
  return typeof name === "string" ? name : undefined;
}

function toLegacyAnswer({ upstream }: Call): Change {
  return (message) => {
    const result = isObject(message) ? message["result"] : undefined;
    if (!isObject(message) || !isObject(result)) return message;
    const { resultType, ttlMs: _, cacheScope: __, ...others } = result;
    if (resultType === undefined || resultType === "complete") {
      return { ...message, result: others };
    }
    const { result: ___, ...head } = message;
    const error = {
      code: jsonRpcCodes.internalError,
      message:
        `upstream ${upstream.name} answered with "${String(resultType)}", which needs MCP ${modernVersion}: ` +
        "use a client that speaks it",
    };
    return { ...head, error };
  };
}

function unknownMethod({ message, upstream }: Call): Answer {
  const error = {
    code: jsonRpcCodes.methodNotFound,
    message: `upstream ${upstream.name} speaks a newer MCP that has no ${message.method}`,
  };
  return answerWith(200, { jsonrpc: "2.0", id: message.id, error });
}
