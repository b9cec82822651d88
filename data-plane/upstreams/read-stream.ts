import type { Answer, PassedAnswer } from "../call/outcome.ts";
import { isAnswerTo } from "../mcp/json-rpc.ts";
import { decodeEvent, type RawSseEvent, type SseEvent, SseParser } from "../mcp/sse.ts";
import { admitEvent } from "./admit-event.ts";
import type { Asked } from "./answer-listener.ts";
import { windowBytes } from "./held-bytes.ts";
import { Passing } from "./passing.ts";
import { piecesOf } from "./pieces-of.ts";
import { UpstreamError } from "./upstream-error.ts";
import type { UpstreamResponse } from "./upstream-pool.ts";

/** Reads the stream that an answer comes in. Rejects with an UpstreamError when it ends without one. */
export async function readStream(
  response: UpstreamResponse,
  asked: Asked,
): Promise<Answer | PassedAnswer> {
  const { upstream, requestId, listener } = asked;
  let isResumable = false;
  let passed: PassedAnswer | undefined;
  const stream = new EventStream(response, upstream);
  const beginPassing = passingOf(asked);
  for await (const event of stream.events(beginPassing)) {
    if (event instanceof Passing) {
      passed = event.finish();
      break;
    }
    isResumable ||= event.id !== undefined;
    if (event.event === "endpoint") continue;
    const message = parseData(event, upstream);
    if (isAnswerTo(message, requestId)) return { via: "stream", event, message };
    await listener.onEvent(event, message);
  }
  if (passed) return passed;
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
  for await (const event of new EventStream(response, upstream).events(undefined)) {
    if (!(event instanceof Passing)) yield event;
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

type BeginPassing = (event: RawSseEvent) => Promise<Passing | undefined>;

/** How a long event goes on as it comes, where the listener takes that. */
function passingOf({ upstream, requestId, listener }: Asked): BeginPassing | undefined {
  if (!("pass" in listener)) return undefined;
  const { pass } = listener;
  return async ({ data, ...fields }) => {
    const event = admitEvent({ ...fields, data: "" });
    if (!data || event?.data === undefined || event.event === "endpoint") return undefined;
    const start = { status: 200, headers: {}, event };
    return await Passing.begin([data], start, { upstream, requestId, pass });
  };
}

/** The bytes of one response, as events. */
class EventStream {
  readonly #response: UpstreamResponse;
  readonly #upstream: string;
  readonly #parser: SseParser;
  /** Whether the event that has not ended was looked at, and has to be held whole. */
  #isHeld = false;
  #passing: Passing | undefined;
  /** How many said something that no client of MCP listens to. */
  #ignored = 0;

  constructor(response: UpstreamResponse, upstream: string) {
    this.#response = response;
    this.#upstream = upstream;
    this.#parser = new SseParser(response.hold.maxAnswerBytes);
  }

  /** Each event when it is whole; of one that goes on as it comes, at its end, how that went. */
  async *events(begin: BeginPassing | undefined): AsyncGenerator<SseEvent | Passing> {
    try {
      yield* this.#read(begin);
    } finally {
      if (this.#ignored > 0) this.#response.onIgnored(this.#ignored);
    }
  }

  async *#read(begin: BeginPassing | undefined): AsyncGenerator<SseEvent | Passing> {
    const { hold, body } = this.#response;
    for await (const chunk of piecesOf(body)) {
      if (!this.#passing) hold.resize(this.#parser.pendingBytes + chunk.length);
      for (const raw of this.#parse(chunk)) {
        const event = await this.#end(raw);
        if (event) yield event;
      }
      hold.resize(this.#passing ? 0 : this.#parser.pendingBytes);
      if (begin) await this.#pass(begin);
    }
  }

  async #end(raw: RawSseEvent): Promise<SseEvent | Passing | undefined> {
    this.#isHeld = false;
    if (!this.#passing) {
      const admitted = admitEvent(decodeEvent(raw));
      if (raw.data !== undefined && admitted?.data === undefined) this.#ignored += 1;
      return admitted;
    }
    const passing = this.#passing;
    this.#passing = undefined;
    return await this.#endPassing(passing, raw);
  }

  #parse(chunk: Buffer): RawSseEvent[] {
    try {
      return this.#parser.pushRaw(chunk);
    } catch (error) {
      throw new UpstreamError(`upstream ${this.#upstream} sent an event that is too long`, {
        cause: error,
      });
    }
  }

  /** Passes on what has come of an event that has not ended. */
  async #pass(begin: BeginPassing): Promise<void> {
    if (this.#passing) await this.#passing.take(this.#parser.takeData());
    else if (!this.#isHeld && this.#parser.pendingBytes > windowBytes) {
      this.#passing = await begin(this.#parser.peek());
      this.#isHeld = !this.#passing;
      if (!this.#passing) return;
      this.#parser.takeData();
      this.#response.hold.resize(0);
    }
  }

  async #endPassing(passing: Passing, { data, ...fields }: RawSseEvent): Promise<Passing> {
    await passing.take(data ?? Buffer.alloc(0));
    if (admitEvent({ ...fields, data: "" })?.data === undefined) {
      throw new UpstreamError(`upstream ${this.#upstream} renamed its answer while it came`);
    }
    return passing;
  }
}
