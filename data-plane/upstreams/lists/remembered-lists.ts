import type { AgentRequest, Call } from "../../call/agent-request.ts";
import type { Answer, PassedAnswer } from "../../call/outcome.ts";
import { all, field } from "../../mcp/change.ts";
import { isObject } from "../../mcp/json-rpc.ts";
import { reviseJson } from "../../mcp/revise-json.ts";
import type { AnswerListener, PassingListener } from "../answer-listener.ts";
import type { Forwarder } from "../forwarder.ts";
import { isReceipt, type Receipt, type ServerStream } from "../receipt.ts";
import type { ListEditions } from "./list-editions.ts";
import { listKey } from "./list-key.ts";
import { type ListedPage, ListMemory } from "./list-memory.ts";

type Upstreams = Pick<Forwarder, "call" | "deliver" | "openStream">;

interface RememberedListsOptions {
  readonly upstreams: Upstreams;
  readonly editions: Pick<ListEditions, "current" | "advance" | "advanceHere">;
  readonly memory?: ListMemory;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

const lists = /^(tools|prompts|resources|resources\/templates)\/list$/;
const changes = /^notifications\/(tools|prompts|resources)\/list_changed$/;
/** Not every change is announced, and not every announcement is heard. */
const longestMs = 300_000;

/**
 * Answers lists of the modern era from memory for as long as their upstream said they stay fresh (`ttlMs`), to the
 * agent that they were made for, or to all when the upstream said so (`cacheScope`; MCP 2026-07-28, caching).
 * The legacy era does not say how long a list is good for: those are always asked for.
 * Policy and scan see what comes from here like anything from an upstream.
 */
export class RememberedLists implements Upstreams {
  readonly #upstreams: Upstreams;
  readonly #editions: RememberedListsOptions["editions"];
  readonly #memory: ListMemory;
  readonly #now: () => number;

  constructor({ upstreams, editions, memory, now = Date.now }: RememberedListsOptions) {
    this.#upstreams = upstreams;
    this.#editions = editions;
    this.#memory = memory ?? new ListMemory();
    this.#now = now;
  }

  /** As {@link Forwarder.call}: what is no list goes on as it comes. */
  call(call: Call, body: Buffer, listener: PassingListener): Promise<Answer | PassedAnswer>;
  call(call: Call, body: Buffer, listener: AnswerListener): Promise<Answer>;
  async call(call: Call, body: Buffer, listener: AnswerListener): Promise<Answer | PassedAnswer> {
    const watched = this.#watch(call, listener);
    const isKept = call.era === "modern" && lists.test(call.message.method) && !wantsLog(call);
    const edition = isKept ? await this.#editions.current(call.upstream.name) : undefined;
    if (edition === undefined) return await this.#upstreams.call(call, body, watched);
    const found = this.#find(call, edition);
    if (found) return replay(found, call, { now: this.#now(), listener });
    return await this.#ask(call, body, { edition, listener: watched });
  }

  deliver(request: AgentRequest, body: Buffer | undefined): Promise<Receipt> {
    return this.#upstreams.deliver(request, body);
  }

  async openStream(request: AgentRequest): Promise<ServerStream | Receipt> {
    const opened = await this.#upstreams.openStream(request);
    if (isReceipt(opened)) return opened;
    return { ...opened, events: this.#noting(opened.events, request) };
  }

  /** Ends what is remembered: other agents may be behind the same names. */
  forgetAll(): void {
    this.#editions.advanceHere();
    this.#memory.clear();
  }

  #find(call: Call, edition: string): ListedPage | undefined {
    const now = this.#now();
    const keys = [listKey(call, "private"), listKey(call, "public")];
    for (const key of keys) {
      const page = key === undefined ? undefined : this.#memory.get(key, edition, now);
      if (page) return page;
    }
    return undefined;
  }

  async #ask(
    call: Call,
    body: Buffer,
    { edition, listener }: { readonly edition: string; readonly listener: AnswerListener },
  ): Promise<Answer> {
    let headers: Readonly<Record<string, string>> = {};
    let saidMore = false;
    const askedAt = this.#now();
    const answer = await this.#upstreams.call(call, body, {
      onStream: (streamHeaders) => {
        headers = streamHeaders;
        listener.onStream(streamHeaders);
      },
      onEvent: (event, message) => {
        saidMore ||= message !== undefined;
        return listener.onEvent(event, message);
      },
    });
    const freshness = freshnessOf(answer);
    // What was said on the way cannot be said again.
    if (answer.via === "resumable-stream" || saidMore || !freshness) return answer;
    const key = listKey(call, freshness.cacheScope);
    if (key === undefined) return answer;
    this.#memory.set(key, {
      via: answer.via,
      headers: answer.via === "json" ? answer.headers : headers,
      text: answer.via === "json" ? answer.body.toString("utf8") : (answer.event.data ?? ""),
      freshUntil: askedAt + freshness.ttlMs,
      forgetAt: askedAt + longestMs,
      edition,
    });
    return answer;
  }

  /** Whoever is told of a change lists anew: by then no proxy may answer with what was before. */
  #watch({ upstream }: AgentRequest, listener: AnswerListener): AnswerListener {
    return {
      ...listener,
      onEvent: async (event, message) => {
        if (announcesChange(message)) await this.#editions.advance(upstream.name);
        await listener.onEvent(event, message);
      },
    };
  }

  async *#noting(events: ServerStream["events"], { upstream }: AgentRequest) {
    for await (const item of events) {
      if (announcesChange(item.message)) await this.#editions.advance(upstream.name);
      yield item;
    }
  }
}

function announcesChange(message: unknown): boolean {
  return isObject(message) && changes.test(String(message["method"]));
}

/** Whoever wants to read what the server does while it lists must have it list. */
function wantsLog({ message }: Call): boolean {
  const meta = message.params?.["_meta"];
  return isObject(meta) && meta["io.modelcontextprotocol/logLevel"] !== undefined;
}

/** Undefined when an answer is none that may be given again. */
function freshnessOf(answer: Answer) {
  if (answer.via === "resumable-stream" || !isObject(answer.message)) return undefined;
  if (answer.via === "json" && answer.status !== 200) return undefined;
  const { result } = answer.message;
  if (!isObject(result)) return undefined;
  const { ttlMs, cacheScope, resultType = "complete" } = result;
  if (resultType !== "complete" || typeof ttlMs !== "number" || !(ttlMs > 0)) return undefined;
  // Whatever is not said to be for everybody is for the one who asked.
  return {
    ttlMs,
    cacheScope: cacheScope === "public" ? ("public" as const) : ("private" as const),
  };
}

/** A remembered page as the answer to another request: with its id, and with the time that is left. */
function replay(
  { via, headers, text, freshUntil }: ListedPage,
  { message: { id } }: Call,
  { now, listener }: { readonly now: number; readonly listener: AnswerListener },
): Answer {
  const leftMs = Math.max(0, Math.floor(freshUntil - now));
  const revise = all(
    field("id", () => id),
    field(
      "result",
      field("ttlMs", () => leftMs),
    ),
  );
  const revised = reviseJson(text, revise);
  const message: unknown = JSON.parse(revised);
  if (via === "json") {
    return { via, status: 200, headers, body: Buffer.from(revised), message };
  }
  listener.onStream(headers);
  return { via, event: { event: "message", data: revised }, message };
}
