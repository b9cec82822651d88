import type { AgentRequest, Call } from "../call/agent-request.ts";
import type { Answer, PassedAnswer } from "../call/outcome.ts";
import type { AnswerListener, PassingListener } from "./answer-listener.ts";
import { CallDeadline } from "./call-deadline.ts";
import { Departure } from "./departure.ts";
import { assertIsForAgent, passedOn, readAnswer } from "./read-answer.ts";
import { readMessages } from "./read-stream.ts";
import { type Receipt, readReceipt, type ServerStream } from "./receipt.ts";
import { type SseOptions, SseUpstreams } from "./sse/sse-upstreams.ts";
import { toUpstreamError } from "./to-upstream-error.ts";
import { UpstreamError } from "./upstream-error.ts";
import { release, type UpstreamPool, type UpstreamResponse } from "./upstream-pool.ts";

export { isReceipt, type Receipt, type ServerStream } from "./receipt.ts";

/** An upstream that says something now and then must still come to an end. */
const longestCallMs = 3_600_000;

/** Takes an agent's requests to their upstream and brings the answers back. */
export class Forwarder {
  readonly #pool: UpstreamPool;
  readonly #sse: SseUpstreams;
  readonly #maxCallMs: number;

  constructor(
    pool: UpstreamPool,
    options: { readonly maxCallMs?: number; readonly sse?: SseOptions } = {},
  ) {
    this.#pool = pool;
    this.#sse = new SseUpstreams(pool, options.sse);
    this.#maxCallMs = options.maxCallMs ?? longestCallMs;
  }

  /**
   * Forwards a call and waits for its answer. Rejects with an UpstreamError, or with the signal's reason.
   * A listener that takes long answers as they come gets them so.
   */
  call(call: Call, body: Buffer, listener: PassingListener): Promise<Answer | PassedAnswer>;
  call(call: Call, body: Buffer, listener: AnswerListener): Promise<Answer>;
  async call(call: Call, body: Buffer, listener: AnswerListener): Promise<Answer | PassedAnswer> {
    const deadline = new CallDeadline(call, this.#maxCallMs);
    const limited = { ...call, signal: deadline.signal };
    try {
      if (call.upstream.target.kind !== "sse") return await this.#exchange(limited, body, listener);
      // What of it goes over another proxy cannot be checked as it leaves.
      call.right?.depart();
      return await this.#sse.call(limited, body, listener);
    } catch (error) {
      call.signal.throwIfAborted();
      throw toUpstreamError(error, call.upstream);
    } finally {
      deadline.clear();
    }
  }

  /** Forwards a notification, an agent's answer, or a DELETE. */
  async deliver(request: AgentRequest, body: Buffer | undefined): Promise<Receipt> {
    if (request.upstream.target.kind === "sse") return await this.#sse.deliver(request, body);
    const response = await this.#pool.send(request.upstream, {
      method: request.httpMethod,
      headers: request.headers,
      principal: request.principal,
      ...(request.token && { token: request.token }),
      ...(body && { body }),
    });
    return await receive(response, request);
  }

  /** Opens the stream of what the upstream says on its own (GET). A receipt when it has none. */
  async openStream(request: AgentRequest): Promise<ServerStream | Receipt> {
    if (request.upstream.target.kind === "sse") return await this.#sse.openStream(request);
    const response = await this.#pool.send(request.upstream, {
      method: "GET",
      headers: request.headers,
      principal: request.principal,
      ...(request.token && { token: request.token }),
      signal: request.signal,
      kind: "stream",
    });
    const isStream = response.headers["content-type"]?.startsWith("text/event-stream") === true;
    if (response.status === 200 && isStream) {
      return { headers: passedOn(response.headers), events: eventsOf(response, request) };
    }
    return await receive(response, request);
  }

  async #exchange(
    call: Call,
    body: Buffer,
    listener: AnswerListener,
  ): Promise<Answer | PassedAnswer> {
    const { upstream, headers, message } = call;
    const departure = new Departure(call);
    const { signal } = departure;
    let response: UpstreamResponse | undefined;
    try {
      const { right, principal, token } = call;
      response = await this.#pool.send(upstream, {
        method: "POST",
        headers,
        body,
        signal,
        principal,
        ...(token && { token }),
        ...(right && { beforeSending: () => right.depart() }),
      });
      const noting: AnswerListener = {
        ...listener,
        onEvent: (event, said) => {
          departure.note(event);
          return listener.onEvent(event, said);
        },
      };
      const asked = { upstream: upstream.name, requestId: message.id, listener: noting };
      const answer = await readAnswer(response, asked);
      untilSent(call, response.hold.handOver());
      return answer;
    } catch (error) {
      const isBroken = departure.canBeResumed && !(error instanceof UpstreamError);
      if (departure.hasLeftResumable || isBroken) return { via: "resumable-stream" };
      throw error;
    } finally {
      departure.clear();
      if (response) release(response);
    }
  }
}

/** An answer takes memory until its agent has read it, or is gone. */
function untilSent({ connection }: Call, giveBack: () => void): void {
  if (connection.aborted) giveBack();
  else connection.addEventListener("abort", giveBack, { once: true });
}

async function receive(response: UpstreamResponse, request: AgentRequest): Promise<Receipt> {
  try {
    await assertIsForAgent(response, request.upstream.name);
    return {
      status: response.status,
      headers: passedOn(response.headers),
      body: await readReceipt(response),
      contentType: response.headers["content-type"],
    };
  } catch (error) {
    throw toUpstreamError(error, request.upstream);
  } finally {
    release(response);
  }
}

async function* eventsOf(response: UpstreamResponse, request: AgentRequest) {
  try {
    yield* readMessages(response, request.upstream.name);
  } catch (error) {
    if (!request.signal.aborted) throw toUpstreamError(error, request.upstream);
  } finally {
    release(response);
  }
}
