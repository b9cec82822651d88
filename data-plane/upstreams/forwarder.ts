import type { AgentRequest, Call } from "../call/agent-request.ts";
import type { Answer } from "../call/outcome.ts";
import type { SseEvent } from "../mcp/sse.ts";
import { type AnswerListener, passedOn, readAnswer, readEvents } from "./read-answer.ts";
import { UpstreamError } from "./upstream-error.ts";
import { toUpstreamError, type UpstreamPool, type UpstreamResponse } from "./upstream-pool.ts";

/** The outcome of a request that carries no question: a notification, an answer, the end of a session. */
export interface Receipt {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly contentType: string | undefined;
}

/** A stream of what the upstream says on its own. */
export interface ServerStream {
  readonly headers: Readonly<Record<string, string>>;
  readonly events: AsyncIterable<{ readonly event: SseEvent; readonly message: unknown }>;
}

const maxReceiptBytes = 64 * 1024;

/** Takes an agent's requests to their upstream and brings the answers back. */
export class Forwarder {
  readonly #pool: UpstreamPool;

  constructor(pool: UpstreamPool) {
    this.#pool = pool;
  }

  /** Forwards a call and waits for its answer. Rejects with an UpstreamError, or with the signal's reason. */
  async call(call: Call, body: Buffer, listener: AnswerListener): Promise<Answer> {
    const response = await this.#pool.send(call.upstream, {
      method: "POST",
      headers: call.headers,
      body,
      signal: call.signal,
    });
    try {
      const { name } = call.upstream;
      return await readAnswer(response, name, { requestId: call.message.id, listener });
    } catch (error) {
      call.signal.throwIfAborted();
      throw toUpstreamError(error, call.upstream);
    } finally {
      release(response);
    }
  }

  /** Forwards a notification, an agent's answer, or a DELETE. */
  async deliver(request: AgentRequest, body: Buffer | undefined): Promise<Receipt> {
    const response = await this.#pool.send(request.upstream, {
      method: request.httpMethod,
      headers: request.headers,
      ...(body && { body }),
    });
    try {
      const bytes = await readReceipt(response);
      return {
        status: response.status,
        headers: passedOn(response.headers),
        body: bytes,
        contentType: response.headers["content-type"],
      };
    } catch (error) {
      throw toUpstreamError(error, request.upstream);
    } finally {
      release(response);
    }
  }

  /** Opens the stream of what the upstream says on its own (GET). A receipt when it has none. */
  async openStream(request: AgentRequest): Promise<ServerStream | Receipt> {
    const response = await this.#pool.send(request.upstream, {
      method: "GET",
      headers: request.headers,
      signal: request.signal,
      mayIdle: true,
    });
    const isStream = response.headers["content-type"]?.startsWith("text/event-stream") === true;
    if (response.status === 200 && isStream) {
      return { headers: passedOn(response.headers), events: eventsOf(response, request) };
    }
    try {
      const body = await readReceipt(response);
      const contentType = response.headers["content-type"];
      return { status: response.status, headers: passedOn(response.headers), body, contentType };
    } finally {
      release(response);
    }
  }
}

/** Whether the upstream answered at once instead of opening a stream. */
export function isReceipt(value: ServerStream | Receipt): value is Receipt {
  return "status" in value;
}

async function* eventsOf(response: UpstreamResponse, request: AgentRequest) {
  try {
    yield* readEvents(response, request.upstream.name);
  } catch (error) {
    if (!request.signal.aborted) throw toUpstreamError(error, request.upstream);
  } finally {
    release(response);
  }
}

async function readReceipt(response: UpstreamResponse): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += (chunk as Buffer).length;
    if (length > maxReceiptBytes) throw new UpstreamError("the upstream said too much");
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** What was not read is not wanted any more: the connection is given up rather than kept waiting. */
function release(response: UpstreamResponse): void {
  if (!response.body.readableEnded) response.body.on("error", () => {}).destroy();
  response.done();
}
