import type { Exchange } from "../../../core/redis/peers/exchange.ts";
import { PeerError } from "../../../core/redis/peers/peer-error.ts";
import type { PeerLink } from "../../../core/redis/peers/peer-link.ts";
import type { AgentRequest, Call } from "../../call/agent-request.ts";
import type { Answer } from "../../call/outcome.ts";
import type { AnswerListener } from "../read-answer.ts";
import { UpstreamError } from "../upstream-error.ts";
import type { Said } from "./outbox.ts";
import { type Refusal, refusedAnswer, sessionEnded } from "./refusal.ts";
import {
  type Errand,
  type Found,
  fromWire,
  type Opening,
  type Report,
  sseRelay,
} from "./relay-messages.ts";

/** A proxy that does not say within this time that it holds the session does not hold it any more. */
const foundWithinMs = 3_000;

/**
 * A session whose connection another proxy holds. That one does nothing but speak with the server:
 * who asks is authenticated, decided on, counted, scanned and recorded by the proxy that the agent reached.
 */
export class RemoteSession {
  readonly #link: PeerLink;
  readonly #holder: string;
  readonly #id: string;

  constructor(link: PeerLink, at: { readonly holder: string; readonly id: string }) {
    this.#link = link;
    this.#holder = at.holder;
    this.#id = at.id;
  }

  /** As SseSession.call. */
  async call(call: Call, body: Buffer, listener: AnswerListener): Promise<Answer> {
    const exchange = await this.#open(call);
    if (!isExchange(exchange)) return refusedAnswer(exchange, call.message.id);
    const cancel = () => exchange.end(new PeerError("over", "the agent no longer waits"));
    call.signal.addEventListener("abort", cancel, { once: true });
    try {
      call.signal.throwIfAborted();
      await tell(exchange, { kind: "call", ...carried(call, body) });
      return await this.#answer(exchange, call, listener);
    } catch (error) {
      call.signal.throwIfAborted();
      throw toUpstreamError(error, call);
    } finally {
      call.signal.removeEventListener("abort", cancel);
      exchange.end();
    }
  }

  /** As SseSession.deliver. */
  async deliver(request: AgentRequest, body: Buffer): Promise<Refusal | undefined> {
    return await this.#ask(request, { kind: "deliver", ...carried(request, body) });
  }

  /** Ends the session. Resolves to why it could not be ended. */
  async finish(request: AgentRequest): Promise<Refusal | undefined> {
    return await this.#ask(request, { kind: "end" });
  }

  /** As SseSession.listen, once the holder listens. */
  async listen(request: AgentRequest): Promise<AsyncIterable<Said> | Refusal> {
    const exchange = await this.#open(request);
    if (!isExchange(exchange)) return exchange;
    const stop = () => exchange.end(new PeerError("over", "the agent no longer listens"));
    request.signal.addEventListener("abort", stop, { once: true });
    if (request.signal.aborted) stop();
    await tell(exchange, { kind: "listen" }).catch(() => {});
    return read(exchange, request, () => request.signal.removeEventListener("abort", stop));
  }

  async #ask(request: AgentRequest, errand: Errand): Promise<Refusal | undefined> {
    const exchange = await this.#open(request);
    if (!isExchange(exchange)) return exchange;
    try {
      await tell(exchange, errand);
      const report = await nextReport(exchange);
      if (report?.kind === "delivered") return report.refusal;
      throw failureOf(report, request);
    } catch (error) {
      throw toUpstreamError(error, request);
    } finally {
      exchange.end();
    }
  }

  async #open(request: AgentRequest): Promise<Exchange | Refusal> {
    const { name: upstream, target } = request.upstream;
    const opening: Opening = { session: this.#id, upstream, target };
    try {
      const exchange = await this.#link.open(this.#holder, sseRelay, opening);
      const timer = setTimeout(() => exchange.end(PeerError.gone()), foundWithinMs);
      const found = (await exchange.next().finally(() => clearTimeout(timer))) as Found | undefined;
      if (!found?.refusal) return exchange;
      exchange.end();
      return found.refusal;
    } catch (error) {
      if (error instanceof PeerError && error.kind === "gone") return sessionEnded;
      throw toUpstreamError(error, request);
    }
  }

  async #answer(exchange: Exchange, call: Call, listener: AnswerListener): Promise<Answer> {
    for (;;) {
      const report = await nextReport(exchange);
      if (report?.kind === "answer") return fromWire(report.answer);
      if (report?.kind === "stream") listener.onStream({});
      else if (report?.kind === "said") {
        const { event, message } = saidOf(report.data);
        await listener.onEvent(event, message);
      } else throw failureOf(report, call);
    }
  }
}

async function* read(
  exchange: Exchange,
  request: AgentRequest,
  onEnd: () => void,
): AsyncGenerator<Said> {
  try {
    for (;;) {
      const report = await nextReport(exchange);
      if (report?.kind !== "said") return;
      yield saidOf(report.data);
    }
  } catch (error) {
    if (!request.signal.aborted) throw toUpstreamError(error, request);
  } finally {
    onEnd();
    exchange.end(new PeerError("over", "nobody listens any more"));
  }
}

/** Typed: what goes over the wire is what the holder understands. */
async function tell(exchange: Exchange, errand: Errand): Promise<void> {
  await exchange.send(errand);
}

async function nextReport(exchange: Exchange): Promise<Report | undefined> {
  return (await exchange.next()) as Report | undefined;
}

function saidOf(data: string): Said {
  return { event: { event: "message", data }, message: JSON.parse(data) };
}

function carried({ headers }: AgentRequest, body: Buffer) {
  return { headers, body: body.toString("utf8") };
}

function isExchange(value: Exchange | Refusal): value is Exchange {
  return "send" in value;
}

function failureOf(report: Report | undefined, { upstream }: AgentRequest): UpstreamError {
  return report?.kind === "failed"
    ? new UpstreamError(report.reason, { kind: report.how })
    : new UpstreamError(`the session with upstream ${upstream.name} ended before the answer`);
}

/** What it means to the agent: whether the server has acted cannot be known then. */
function toUpstreamError(error: unknown, { upstream }: AgentRequest): unknown {
  if (!(error instanceof PeerError)) return error;
  const { name } = upstream;
  const words = {
    gone: `the proxy that held the session with upstream ${name} is gone: begin a new session`,
    unreachable: `the session with upstream ${name} is held by another proxy, which cannot be reached while Redis is away: try again later`,
    lost: `a part of what upstream ${name} said was lost between two proxies`,
    over: `the session with upstream ${name} ended before the answer`,
    refused: `the proxy that holds the session with upstream ${name} could not take the request`,
  };
  const kind = error.kind === "refused" && error.detail === "busy" ? "busy" : "failed";
  return new UpstreamError(words[error.kind], { kind, cause: error });
}
