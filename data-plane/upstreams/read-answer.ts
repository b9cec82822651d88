import type { Answer } from "../call/outcome.ts";
import { isAnswerTo, isObject, type RequestId } from "../mcp/json-rpc.ts";
import { type SseEvent, SseParser } from "../mcp/sse.ts";
import { admitEvent } from "./admit-event.ts";
import { UpstreamError } from "./upstream-error.ts";
import type { UpstreamResponse } from "./upstream-pool.ts";

/** Told what comes before the answer, while it comes. */
export interface AnswerListener {
  /** The upstream answers with a stream. */
  onStream(headers: Readonly<Record<string, string>>): void;
  /** An event that is not the answer: a notification, a request of the upstream, or a mark to resume at. */
  onEvent(event: SseEvent, message: unknown): Promise<void>;
}

/** Larger answers are refused: the scan must see an answer whole. */
const maxAnswerBytes = 64 * 1024 * 1024;

/** Headers of an upstream that mean something to the agent. Its challenges and cookies are the gateway's own affair. */
const passedHeaders = ["mcp-session-id", "mcp-protocol-version", "retry-after", "cache-control"];

/** Reads the answer to one request. Rejects with an UpstreamError when it is not one. */
export async function readAnswer(
  response: UpstreamResponse,
  upstream: string,
  { requestId, listener }: { requestId: RequestId; listener: AnswerListener },
): Promise<Answer> {
  const { status } = response;
  const contentType = response.headers["content-type"]?.split(";")[0]?.trim().toLowerCase() ?? "";
  await assertIsForAgent(response, upstream);
  if (status === 200 && contentType === "text/event-stream") {
    listener.onStream(passedOn(response.headers));
    return await readStream(response, upstream, { requestId, listener });
  }
  return await readJson(response, upstream, requestId);
}

/** Throws when the response is about the gateway: the agent can neither follow a redirect nor log in there. */
export async function assertIsForAgent(
  { status, body }: UpstreamResponse,
  upstream: string,
): Promise<void> {
  if (status !== 401 && status !== 403 && (status < 300 || status >= 400)) return;
  await body.dump();
  const what = status < 400 ? "redirects, which is not followed" : "refuses the gateway";
  throw new UpstreamError(`upstream ${upstream} ${what} (HTTP ${status})`);
}

async function readStream(
  response: UpstreamResponse,
  upstream: string,
  { requestId, listener }: { requestId: RequestId; listener: AnswerListener },
): Promise<Answer> {
  let isResumable = false;
  for await (const { event, message } of readMessages(response, upstream)) {
    isResumable ||= event.id !== undefined;
    if (isAnswerTo(message, requestId)) return { via: "stream", event, message };
    await listener.onEvent(event, message);
  }
  if (isResumable) return { via: "resumable-stream" };
  throw new UpstreamError(`upstream ${upstream} ended its stream without an answer`);
}

/** The events of a stream with the messages they carry, as they come. */
export async function* readMessages(
  response: UpstreamResponse,
  upstream: string,
): AsyncGenerator<{ readonly event: SseEvent; readonly message: unknown }> {
  for await (const event of readEvents(response, upstream)) {
    if (event.event !== "endpoint") yield { event, message: parseData(event, upstream) };
  }
}

/** The events of a stream as they come. The next is read when the last was taken: a slow reader slows the upstream. */
export async function* readEvents(
  response: UpstreamResponse,
  upstream: string,
): AsyncGenerator<SseEvent> {
  const parser = new SseParser(maxAnswerBytes);
  for await (const chunk of response.body) {
    let events: SseEvent[];
    try {
      events = parser.push(chunk as Buffer);
    } catch (error) {
      throw new UpstreamError(`upstream ${upstream} sent an event that is too long`, {
        cause: error,
      });
    }
    for (const event of events) {
      const admitted = admitEvent(event);
      if (admitted) yield admitted;
    }
  }
}

/** The message that an event carries; undefined when it carries none. */
export function parseData({ data }: SseEvent, upstream: string): unknown {
  if (data === undefined || data === "") return undefined;
  try {
    return JSON.parse(data);
  } catch (error) {
    throw new UpstreamError(`upstream ${upstream} sent an event that is not JSON`, {
      cause: error,
    });
  }
}

async function readJson(
  response: UpstreamResponse,
  upstream: string,
  requestId: RequestId,
): Promise<Answer> {
  const { status } = response;
  const body = await readAll(response, upstream);
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
    headers: passedOn(response.headers),
    body: isAnswer ? body : errorBody(requestId, upstream, status),
    message: isAnswer ? message : undefined,
  };
}

/** A refusal without a JSON-RPC body: the status means something (404: the session ended), the page does not. */
function errorBody(id: RequestId, upstream: string, status: number): Buffer {
  const error = { code: -32_603, message: `upstream ${upstream} refused with HTTP ${status}` };
  return Buffer.from(JSON.stringify({ jsonrpc: "2.0", id, error }));
}

async function readAll(response: UpstreamResponse, upstream: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += (chunk as Buffer).length;
    if (length > maxAnswerBytes) {
      response.body.destroy();
      throw new UpstreamError(
        `upstream ${upstream} answered with more than ${maxAnswerBytes} bytes`,
      );
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function parseJson(body: Buffer): unknown {
  try {
    // A byte order mark is no part of JSON, but may stand before it (RFC 8259 §8.1).
    return JSON.parse(body.toString("utf8").replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
}

export function passedOn(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const passed: Record<string, string> = {};
  for (const name of passedHeaders) {
    const value = headers[name];
    if (value !== undefined) passed[name] = value;
  }
  return passed;
}
