import type { Answer, PassedAnswer } from "../call/outcome.ts";
import { isAnswerTo, isObject, type RequestId } from "../mcp/json-rpc.ts";
import type { Asked } from "./answer-listener.ts";
import { windowBytes } from "./held-bytes.ts";
import { type AnswerPass, Passing } from "./passing.ts";
import { piecesOf } from "./pieces-of.ts";
import { UpstreamError } from "./upstream-error.ts";
import type { UpstreamResponse } from "./upstream-pool.ts";

interface Terms {
  /** Those that go to the agent. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether it looks like one that can go on as it comes. */
  readonly mayPass: boolean;
}

/** Reads an answer that is one JSON document. Rejects with an UpstreamError when it is not the one that was asked for. */
export async function readJson(
  response: UpstreamResponse,
  asked: Asked,
  { headers, mayPass }: Terms,
): Promise<Answer | PassedAnswer> {
  const { status } = response;
  const { upstream, requestId } = asked;
  const body = await readBody(response, asked, { headers, mayPass });
  if (body instanceof Passing) return body.finish();
  const message = parseJson(body);
  // An error about the transport, such as an ended session, may come without the id.
  const isAnswer =
    isAnswerTo(message, requestId) ||
    (status >= 400 && isObject(message) && isObject(message["error"]));
  const isClientFault = status >= 400 && status < 500;
  if (!isAnswer && !isClientFault) {
    const what = status >= 400 ? `failed with HTTP ${status}` : "sent something that is no answer";
    throw new UpstreamError(`upstream ${upstream} ${what}`);
  }
  return {
    via: "json",
    status,
    headers,
    body: isAnswer ? body : errorBody(requestId, upstream, status),
    message: isAnswer ? message : undefined,
  };
}

/** All of it; or, when it is long and may go on as it comes, how that went. */
async function readBody(
  response: UpstreamResponse,
  { upstream, requestId, listener }: Asked,
  { headers, mayPass }: Terms,
): Promise<Buffer | Passing> {
  const { hold, status } = response;
  const start = { status, headers, event: { event: "message" } };
  let pass = mayPass ? passOf(listener) : undefined;
  const pieces: Buffer[] = [];
  let passing: Passing | undefined;
  let length = 0;
  for await (const piece of piecesOf(response.body)) {
    if (passing) {
      await passing.take(piece);
      continue;
    }
    pieces.push(piece);
    length += piece.length;
    if (length > hold.maxAnswerBytes) throw tooLong(upstream, hold.maxAnswerBytes);
    hold.resize(length);
    if (!pass || length <= windowBytes) continue;
    passing = await Passing.begin(pieces, start, { upstream, requestId, pass });
    // Tried once: what does not begin as an answer does is held whole.
    pass = undefined;
    if (!passing) continue;
    pieces.length = 0;
    hold.resize(0);
  }
  return passing ?? Buffer.concat(pieces);
}

function passOf(listener: Asked["listener"]): AnswerPass | undefined {
  return "pass" in listener ? listener.pass : undefined;
}

function tooLong(upstream: string, maxBytes: number): UpstreamError {
  return new UpstreamError(`upstream ${upstream} answered with more than ${maxBytes} bytes`);
}

/** A refusal without a JSON-RPC body: the status means something (404: the session ended), the page does not. */
function errorBody(id: RequestId, upstream: string, status: number): Buffer {
  const error = { code: -32_603, message: `upstream ${upstream} refused with HTTP ${status}` };
  return Buffer.from(JSON.stringify({ jsonrpc: "2.0", id, error }));
}

function parseJson(body: Buffer): unknown {
  try {
    // A byte order mark is no part of JSON, but may stand before it (RFC 8259 §8.1).
    return JSON.parse(body.toString("utf8").replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
}
