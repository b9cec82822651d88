import type { IncomingMessage } from "node:http";
import type { MessageRequest } from "../call/agent-request.ts";
import { classify } from "../mcp/era.ts";
import {
  type JsonRpcMessage,
  jsonRpcCodes,
  looksLikeBatch,
  type ProtocolError,
  parseBatch,
  parseMessage,
} from "../mcp/json-rpc.ts";
import { readBody } from "./read-body.ts";

interface Part {
  readonly message: JsonRpcMessage;
  readonly body: Buffer;
}

/** What an agent posted: one message, a batch of them, or something that is not acceptable. */
export type ReadResult =
  | { ok: true; isBatch: false; part: Part; era: MessageRequest["era"] }
  | { ok: true; isBatch: true; parts: readonly Part[]; era: MessageRequest["era"] }
  | { ok: false; error: ProtocolError; closes: boolean };

/** Reads what an agent posted. Undefined when it left before the end. */
export async function readMessage(
  incoming: IncomingMessage,
  maxBodyBytes: number,
): Promise<ReadResult | undefined> {
  const problem = findTypeProblem(incoming);
  if (problem) return refused(415, problem);
  const read = await readBody(incoming, maxBodyBytes);
  if (!read.ok) {
    if (read.reason === "aborted") return undefined;
    return { ...refused(413, `the body is larger than ${maxBodyBytes} bytes`), closes: true };
  }
  return isBatchAllowed(incoming) && looksLikeBatch(read.body)
    ? takeBatch(read.body, incoming)
    : takeMessage(read.body, incoming);
}

/** JSON is UTF-8 and nothing else: an upstream that heeded another charset or encoding would read another message. */
function findTypeProblem({ headers }: IncomingMessage): string | undefined {
  const [type = "", ...parameters] = (headers["content-type"] ?? "").toLowerCase().split(";");
  if (type.trim() !== "application/json") return "send Content-Type: application/json";
  const isUtf8 = parameters.every((it) => /^\s*(charset\s*=\s*"?utf-?8"?)?\s*$/.test(it));
  if (!isUtf8) return "send JSON in UTF-8, without other parameters in Content-Type";
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") return "send the body without encoding";
  return undefined;
}

function refused(status: number, message: string) {
  const error = { status, code: jsonRpcCodes.invalidRequest, message };
  return { ok: false as const, error, closes: false };
}

function takeMessage(body: Buffer, incoming: IncomingMessage): ReadResult {
  const parsed = parseMessage(body);
  if (!parsed.ok) return { ok: false, error: parsed.error, closes: false };
  const { message } = parsed;
  const classified = classify(message, incoming.headers);
  if (!classified.ok) return { ok: false, error: classified.error, closes: false };
  return { ok: true, isBatch: false, part: { message, body }, era: classified.era };
}

function takeBatch(body: Buffer, { headers }: IncomingMessage): ReadResult {
  const parsed = parseBatch(body);
  if (!parsed.ok) return { ok: false, error: parsed.error, closes: false };
  for (const { message } of parsed.parts) {
    // Each part goes upstream with the headers of all. The modern era, which has no batches, asks for ones that are not here.
    const classified = classify(message, headers);
    if (!classified.ok) return { ok: false, error: classified.error, closes: false };
  }
  return { ok: true, isBatch: true, parts: parsed.parts, era: "legacy" };
}

/** Only one revision has batches, and it is the one that is meant when none is named. */
function isBatchAllowed({ headers }: IncomingMessage): boolean {
  const version = headers["mcp-protocol-version"];
  return version === undefined || version === "2025-03-26";
}
