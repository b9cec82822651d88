import { randomBytes, randomUUID } from "node:crypto";
import type { AgentRequest, Call } from "../../call/agent-request.ts";
import type { Answer } from "../../call/outcome.ts";
import { isObject } from "../../mcp/json-rpc.ts";
import type { AnswerListener } from "../read-answer.ts";
import type { Receipt, ServerStream } from "../receipt.ts";
import { UpstreamError } from "../upstream-error.ts";
import type { UpstreamPool } from "../upstream-pool.ts";
import {
  type Refusal,
  refusedAnswer,
  refusedReceipt,
  sessionElsewhere,
  sessionEnded,
  sessionMissing,
} from "./refusal.ts";
import { connectSse } from "./sse-connection.ts";
import { SseSession } from "./sse-session.ts";

const maxSessionsPerUpstream = 1_000;
const endsAfterIdleMs = 30 * 60_000;
/** One that was used a moment ago is not ended to make room for another. */
const keptForMs = 60_000;

/**
 * Presents servers of HTTP+SSE (MCP 2024-11-05) as Streamable HTTP.
 * A session is a connection that is held, so it lives in this process and nowhere else.
 */
export class SseUpstreams {
  readonly #pool: UpstreamPool;
  readonly #limits: { readonly maxSessions: number; readonly idleMs: number };
  /** Tells a session of another proxy from one that has ended. */
  readonly #owner = randomBytes(6).toString("base64url");
  readonly #sessions = new Map<string, { session: SseSession | undefined; upstream: string }>();

  constructor(
    pool: UpstreamPool,
    limits: { readonly maxSessions?: number; readonly idleMs?: number } = {},
  ) {
    this.#pool = pool;
    this.#limits = { maxSessions: maxSessionsPerUpstream, idleMs: endsAfterIdleMs, ...limits };
  }

  /** As Forwarder.call. */
  async call(call: Call, body: Buffer, listener: AnswerListener): Promise<Answer> {
    const { message, headers } = call;
    const begins = message.method === "initialize" && headers["mcp-session-id"] === undefined;
    if (begins) return await this.#begin(call, body, listener);
    const found = this.#find(call);
    return found instanceof SseSession
      ? await found.call(call, body, listener)
      : refusedAnswer(found, message.id);
  }

  /** As Forwarder.deliver. */
  async deliver(request: AgentRequest, body: Buffer | undefined): Promise<Receipt> {
    const found = this.#find(request);
    if (!(found instanceof SseSession)) return refusedReceipt(found);
    if (request.httpMethod === "DELETE" || body === undefined) {
      found.end(new UpstreamError("the agent ended the session"));
      return emptyReceipt(200);
    }
    const refusal = await found.deliver(request, body);
    return refusal ? refusedReceipt(refusal) : emptyReceipt(202);
  }

  /** As Forwarder.openStream. */
  openStream(request: AgentRequest): ServerStream | Receipt {
    const found = this.#find(request);
    return found instanceof SseSession
      ? { headers: {}, events: found.listen(request.signal) }
      : refusedReceipt(found);
  }

  /** Opens a session with the agent's `initialize`. One that the server refuses is none. */
  async #begin(call: Call, body: Buffer, listener: AnswerListener): Promise<Answer> {
    const { upstream } = call;
    this.#makeRoom(upstream.name);
    const id = `${this.#owner}.${randomUUID()}`;
    const entry = { session: undefined as SseSession | undefined, upstream: upstream.name };
    this.#sessions.set(id, entry);
    try {
      const session = new SseSession({
        pool: this.#pool,
        opener: { headers: call.headers, upstream },
        connection: await connectSse(this.#pool, call),
        idleMs: this.#limits.idleMs,
        onEnd: () => this.#sessions.delete(id),
      });
      entry.session = session;
      const answer = await session.call(call, body, listener);
      if (answer.via !== "json" || !isResult(answer.message)) {
        session.end(new UpstreamError(`upstream ${upstream.name} refused to initialize`));
        return answer;
      }
      return { ...answer, headers: { ...answer.headers, "mcp-session-id": id } };
    } catch (error) {
      entry.session?.end(new UpstreamError("the session did not begin", { cause: error }));
      this.#sessions.delete(id);
      throw error;
    }
  }

  #find({ headers, upstream }: AgentRequest): SseSession | Refusal {
    const id = headers["mcp-session-id"];
    if (id === undefined) return sessionMissing;
    const session = this.#sessions.get(id)?.session;
    if (!session) return id.startsWith(`${this.#owner}.`) ? sessionEnded : sessionElsewhere;
    if (session.serves(upstream)) return session;
    session.end(new UpstreamError("the policy sends its agents elsewhere now"));
    return sessionEnded;
  }

  /** The session that was left alone longest makes room. Without one the upstream is busy. */
  #makeRoom(upstream: string): void {
    const entries = [...this.#sessions.values()].filter((entry) => entry.upstream === upstream);
    if (entries.length < this.#limits.maxSessions) return;
    let oldest: SseSession | undefined;
    for (const { session } of entries) {
      if (session && session.idleMs > (oldest?.idleMs ?? keptForMs)) oldest = session;
    }
    if (!oldest) {
      const message = `upstream ${upstream} has as many sessions as it may: try again later`;
      throw new UpstreamError(message, { kind: "busy" });
    }
    oldest.end(new UpstreamError("the session made room for another"));
  }
}

function isResult(message: unknown): boolean {
  return isObject(message) && "result" in message;
}

function emptyReceipt(status: number): Receipt {
  return { status, headers: {}, body: Buffer.alloc(0), contentType: undefined };
}
