import { randomBytes, randomUUID } from "node:crypto";
import type { CompiledUpstream } from "../../../core/policy/compiled-policy.ts";
import type { Exchange } from "../../../core/redis/peers/exchange.ts";
import type { PeerLink } from "../../../core/redis/peers/peer-link.ts";
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
  sessionEnded,
  sessionMissing,
} from "./refusal.ts";
import { type Opening, sseRelay } from "./relay-messages.ts";
import { RemoteSession } from "./remote-session.ts";
import { refuseSession, serveSession } from "./serve-session.ts";
import { connectSse } from "./sse-connection.ts";
import { SseSession } from "./sse-session.ts";

const maxSessionsPerUpstream = 1_000;
const endsAfterIdleMs = 30 * 60_000;
/** One that was used a moment ago is not ended to make room for another. */
const keptForMs = 60_000;

export interface SseOptions {
  readonly maxSessions?: number;
  readonly idleMs?: number;
  /** To the other proxies. Without it there are none. */
  readonly peers?: PeerLink;
  /** An upstream as the policy has it at the moment. */
  readonly upstreamNow?: (name: string) => CompiledUpstream | undefined;
}

/**
 * Presents servers of HTTP+SSE (MCP 2024-11-05) as Streamable HTTP. A session is a connection that is held, so it lives
 * in the process that opened it; requests that reach another proxy are taken to it there.
 */
export class SseUpstreams {
  readonly #pool: UpstreamPool;
  readonly #options: SseOptions & { readonly maxSessions: number; readonly idleMs: number };
  /** Names the process that holds a session, at the beginning of its id. */
  readonly #holder: string;
  readonly #sessions = new Map<string, { session: SseSession | undefined; upstream: string }>();

  constructor(pool: UpstreamPool, options: SseOptions = {}) {
    this.#pool = pool;
    this.#options = { maxSessions: maxSessionsPerUpstream, idleMs: endsAfterIdleMs, ...options };
    this.#holder = options.peers?.name ?? randomBytes(9).toString("base64url");
    options.peers?.serve(sseRelay, (opening, exchange) =>
      this.#serve(opening as Opening, exchange),
    );
  }

  /** As Forwarder.call. */
  async call(call: Call, body: Buffer, listener: AnswerListener): Promise<Answer> {
    const { message, headers } = call;
    const begins = message.method === "initialize" && headers["mcp-session-id"] === undefined;
    if (begins) return await this.#begin(call, body, listener);
    const found = this.#find(call);
    return isSession(found)
      ? await found.call(call, body, listener)
      : refusedAnswer(found, message.id);
  }

  /** As Forwarder.deliver. */
  async deliver(request: AgentRequest, body: Buffer | undefined): Promise<Receipt> {
    const found = this.#find(request);
    if (!isSession(found)) return refusedReceipt(found);
    if (request.httpMethod === "DELETE" || body === undefined) {
      if (found instanceof RemoteSession) {
        const refused = await found.finish(request);
        return refused ? refusedReceipt(refused) : emptyReceipt(200);
      }
      found.end(new UpstreamError("the agent ended the session"));
      return emptyReceipt(200);
    }
    const refusal = await found.deliver(request, body);
    return refusal ? refusedReceipt(refusal) : emptyReceipt(202);
  }

  /** As Forwarder.openStream. */
  async openStream(request: AgentRequest): Promise<ServerStream | Receipt> {
    const found = this.#find(request);
    if (!isSession(found)) return refusedReceipt(found);
    if (found instanceof SseSession) return { headers: {}, events: found.listen(request.signal) };
    const events = await found.listen(request);
    return "status" in events ? refusedReceipt(events) : { headers: {}, events };
  }

  /** Opens a session with the agent's `initialize`. One that the server refuses is none. */
  async #begin(call: Call, body: Buffer, listener: AnswerListener): Promise<Answer> {
    const { upstream } = call;
    this.#makeRoom(upstream.name);
    const id = `${this.#holder}.${randomUUID()}`;
    const entry = { session: undefined as SseSession | undefined, upstream: upstream.name };
    this.#sessions.set(id, entry);
    try {
      const session = new SseSession({
        pool: this.#pool,
        opener: call,
        connection: await connectSse(this.#pool, call),
        idleMs: this.#options.idleMs,
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

  #find({ headers, upstream }: AgentRequest): SseSession | RemoteSession | Refusal {
    const id = headers["mcp-session-id"];
    if (id === undefined) return sessionMissing;
    const [holder = ""] = id.split(".", 1);
    if (holder === this.#holder) return this.#findHere(id, upstream);
    const { peers } = this.#options;
    return peers ? new RemoteSession(peers, { holder, id }) : sessionEnded;
  }

  #findHere(id: string, upstream: Pick<CompiledUpstream, "name" | "target">): SseSession | Refusal {
    const session = this.#sessions.get(id)?.session;
    if (!session) return sessionEnded;
    if (session.serves(upstream)) return session;
    session.end(new UpstreamError("the policy sends its agents elsewhere now"));
    return sessionEnded;
  }

  /** Does for another proxy what its agent asks of a session that is held here. */
  async #serve({ session: id, upstream, target }: Opening, exchange: Exchange): Promise<void> {
    const asked = { name: upstream, target: target as CompiledUpstream["target"] };
    const found = this.#findHere(id, asked);
    if (!(found instanceof SseSession)) return await refuseSession(found, exchange);
    const now = this.#options.upstreamNow?.(upstream);
    await serveSession(found, exchange, now && found.serves(now) ? now : found.upstream);
  }

  /** The session that was left alone longest makes room. Without one the upstream is busy. */
  #makeRoom(upstream: string): void {
    const entries = [...this.#sessions.values()].filter((entry) => entry.upstream === upstream);
    if (entries.length < this.#options.maxSessions) return;
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

function isSession(
  found: SseSession | RemoteSession | Refusal,
): found is SseSession | RemoteSession {
  return found instanceof SseSession || found instanceof RemoteSession;
}

function isResult(message: unknown): boolean {
  return isObject(message) && "result" in message;
}

function emptyReceipt(status: number): Receipt {
  return { status, headers: {}, body: Buffer.alloc(0), contentType: undefined };
}
