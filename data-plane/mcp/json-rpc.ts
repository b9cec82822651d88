import { isUtf8 } from "node:buffer";
import { findInexactNumber, findJsonDefect, type JsonBounds, splitArray } from "./json-guard.ts";

export type RequestId = string | number;

export interface JsonRpcRequest {
  readonly jsonrpc: "2.0";
  readonly id: RequestId;
  readonly method: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

export interface JsonRpcNotification {
  readonly jsonrpc: "2.0";
  readonly method: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** An answer of the agent to a request of the upstream. */
export interface JsonRpcResponse {
  readonly jsonrpc: "2.0";
  readonly id: RequestId;
  readonly result?: unknown;
  readonly error?: unknown;
}

export type JsonRpcMessage = JsonRpcRequest | JsonRpcNotification | JsonRpcResponse;

/** JSON-RPC 2.0 §5.1 and the codes that MCP adds. */
export const jsonRpcCodes = {
  parseError: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  internalError: -32_603,
  /** Of the official SDKs, for a session that has ended. */
  sessionNotFound: -32_001,
  headerMismatch: -32_020,
  unsupportedVersion: -32_022,
} as const;

/** Something the agent sent that is not acceptable: what to answer. */
export interface ProtocolError {
  readonly status: number;
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
  /** The id of the request, where it could be read. */
  readonly id?: RequestId | null;
}

export type ParseResult =
  | { readonly ok: true; readonly message: JsonRpcMessage }
  | { readonly ok: false; readonly error: ProtocolError };

/** Nothing that an agent sends for real comes near these. */
export const messageBounds: JsonBounds = { maxDepth: 64, maxKeys: 10_000 };

/** More messages in one batch are refused. */
const maxBatchLength = 100;

export type BatchResult =
  | {
      readonly ok: true;
      /** Each message with its own bytes, as they came. */
      readonly parts: readonly { readonly message: JsonRpcMessage; readonly body: Buffer }[];
    }
  | { readonly ok: false; readonly error: ProtocolError };

/** Parses one JSON-RPC message, once. Everything later works on what this returns. */
export function parseMessage(body: Buffer): ParseResult {
  const parsed = parseJson(body);
  if (!parsed.ok) return parsed;
  if (Array.isArray(parsed.value)) {
    const message = "batches are not supported here: send one JSON-RPC message per request";
    return refused(jsonRpcCodes.invalidRequest, message);
  }
  return toMessage(parsed.value, parsed.text);
}

/** Whether a body looks like a batch: the first character that counts opens an array. */
export function looksLikeBatch(body: Buffer): boolean {
  return /^\s*\[/.test(body.subarray(0, 1_024).toString("latin1"));
}

/** Parses a batch (JSON-RPC 2.0 §6; MCP 2025-03-26 only). All of it is refused when any part is wrong. */
export function parseBatch(body: Buffer): BatchResult {
  const parsed = parseJson(body);
  if (!parsed.ok) return parsed;
  const { value } = parsed;
  const { invalidRequest } = jsonRpcCodes;
  if (!Array.isArray(value) || value.length === 0) {
    return refused(invalidRequest, "the batch holds no message");
  }
  if (value.length > maxBatchLength) {
    return refused(invalidRequest, `the batch holds more than ${maxBatchLength} messages`);
  }
  const texts = splitArray(parsed.text);
  const messages: JsonRpcMessage[] = [];
  for (const [index, item] of value.entries()) {
    const result = toMessage(item, texts[index] ?? "");
    if (!result.ok) return result;
    messages.push(result.message);
  }
  const isInitialize = (message: JsonRpcMessage) =>
    "method" in message && message.method === "initialize";
  if (messages.some(isInitialize)) {
    return refused(invalidRequest, "initialize must not be part of a batch");
  }
  const ids = messages.filter(isRequest).map(({ id }) => JSON.stringify(id));
  if (new Set(ids).size < ids.length) {
    return refused(invalidRequest, "two requests of the batch have the same id");
  }
  const parts = messages.map((message, index) => ({
    message,
    body: Buffer.from(texts[index] ?? ""),
  }));
  return { ok: true, parts };
}

type JsonResult =
  | { readonly ok: true; readonly value: unknown; readonly text: string }
  | { readonly ok: false; readonly error: ProtocolError };

function parseJson(body: Buffer): JsonResult {
  const { parseError, invalidRequest } = jsonRpcCodes;
  if (!isUtf8(body)) return refused(parseError, "the body is not UTF-8");
  const text = body.toString("utf8");
  const defect = findJsonDefect(text, messageBounds);
  if (defect) return refused(invalidRequest, `the JSON of the body ${defect}`);
  try {
    return { ok: true, value: JSON.parse(text), text };
  } catch {
    return refused(parseError, "the body is not valid JSON");
  }
}

function toMessage(value: unknown, text: string): ParseResult {
  const problem = findProblem(value) ?? findCallDefect(value as JsonRpcMessage, text);
  return problem
    ? refused(jsonRpcCodes.invalidRequest, problem, idOf(value))
    : { ok: true, message: value as JsonRpcMessage };
}

export function isRequest(message: JsonRpcMessage): message is JsonRpcRequest {
  return "method" in message && "id" in message;
}

export function isNotification(message: JsonRpcMessage): message is JsonRpcNotification {
  return "method" in message && !("id" in message);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a message is the answer to the request with this id. */
export function isAnswerTo(message: unknown, id: RequestId): boolean {
  return isObject(message) && !("method" in message) && message["id"] === id;
}

function findProblem(value: unknown): string | undefined {
  if (!isObject(value)) return "the body is not a JSON-RPC message";
  if (value["jsonrpc"] !== "2.0") return 'the message lacks "jsonrpc": "2.0"';
  if ("id" in value && !isRequestId(value["id"])) {
    return "the id is neither a string nor a number that can be read exactly";
  }
  if ("method" in value) return findMethodProblem(value);
  const isAnswer = "id" in value && ("result" in value || "error" in value);
  return isAnswer ? undefined : "the message is neither a request nor an answer";
}

/** Visible ASCII, so that the header Mcp-Method can repeat it as it is. */
const methodPattern = /^[\x21-\x7e]{1,128}$/;
/** Methods that rules are about: a spelling that some server may take for them would go unjudged. */
const judgedMethods = new Set(["tools/call", "prompts/get", "resources/read"]);

function findMethodProblem(value: Readonly<Record<string, unknown>>): string | undefined {
  const { method } = value;
  if (typeof method !== "string" || !methodPattern.test(method)) {
    return "the method is not a name of at most 128 visible ASCII characters";
  }
  if (judgedMethods.has(method.toLowerCase()) && !judgedMethods.has(method)) {
    return "the method differs only in case from one that exists";
  }
  if (!("id" in value) && !method.startsWith("notifications/")) {
    return "a message without an id must be a notification (notifications/…)";
  }
  if ("result" in value || "error" in value) return "the message is a request and an answer";
  if ("params" in value && !isObject(value["params"])) return "the params are not an object";
  return undefined;
}

/** What a tool call must be so that what was judged is what is executed. */
function findCallDefect(message: JsonRpcMessage, text: string): string | undefined {
  // A lone surrogate is no character: what reads it next may make anything of it.
  if (/\\u[dD][89a-fA-F]/.test(text) && !isWellFormed(message)) {
    return "the message holds half a surrogate pair (\\ud800 to \\udfff)";
  }
  if (!("method" in message) || message.method !== "tools/call") return undefined;
  const args = message.params?.["arguments"];
  if (args !== undefined && !isObject(args)) return "the arguments are not an object";
  const inexact = findInexactNumber(text);
  return inexact === undefined
    ? undefined
    : `the number ${inexact} cannot be read exactly: send it as a string`;
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (Array.isArray(value)) return value.every(isWellFormed);
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, inner]) => key.isWellFormed() && isWellFormed(inner));
}

function isRequestId(value: unknown): value is RequestId {
  if (typeof value === "string") return true;
  return typeof value === "number" && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

function idOf(value: unknown): RequestId | null {
  return isObject(value) && isRequestId(value["id"]) ? value["id"] : null;
}

function refused(
  code: number,
  message: string,
  id: RequestId | null = null,
): { readonly ok: false; readonly error: ProtocolError } {
  return { ok: false, error: { status: 400, code, message, id } };
}
