import { isUtf8 } from "node:buffer";
import { findJsonDefect, type JsonBounds, splitArray } from "./json-guard.ts";

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
  return toMessage(parsed.value);
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
  const messages: JsonRpcMessage[] = [];
  for (const item of value) {
    const result = toMessage(item);
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
  const bodies = splitArray(body.toString("utf8")).map((text) => Buffer.from(text));
  const parts = messages.map((message, index) => ({ message, body: bodies[index] ?? body }));
  return { ok: true, parts };
}

type JsonResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: ProtocolError };

function parseJson(body: Buffer): JsonResult {
  const { parseError, invalidRequest } = jsonRpcCodes;
  if (!isUtf8(body)) return refused(parseError, "the body is not UTF-8");
  const text = body.toString("utf8");
  const defect = findJsonDefect(text, messageBounds);
  if (defect) return refused(invalidRequest, `the JSON of the body ${defect}`);
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return refused(parseError, "the body is not valid JSON");
  }
}

function toMessage(value: unknown): ParseResult {
  const problem = findProblem(value);
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
  if ("id" in value && !isRequestId(value["id"])) return "the id is neither a string nor a number";
  if ("method" in value) return findCallProblem(value);
  const isAnswer = "id" in value && ("result" in value || "error" in value);
  return isAnswer ? undefined : "the message is neither a request nor an answer";
}

function findCallProblem(value: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof value["method"] !== "string" || value["method"] === "") {
    return "the method is not a name";
  }
  if ("result" in value || "error" in value) return "the message is a request and an answer";
  if ("params" in value && !isObject(value["params"])) return "the params are not an object";
  return undefined;
}

function isRequestId(value: unknown): value is RequestId {
  return typeof value === "string" || typeof value === "number";
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
