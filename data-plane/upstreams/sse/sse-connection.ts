import type { CompiledUpstream } from "../../../core/policy/compiled-policy.ts";
import type { Call } from "../../call/agent-request.ts";
import type { SseEvent } from "../../mcp/sse.ts";
import { assertIsForAgent, readEvents } from "../read-answer.ts";
import { UpstreamError } from "../upstream-error.ts";
import { release, type UpstreamPool, type UpstreamResponse } from "../upstream-pool.ts";
import { headersForServer } from "./server-headers.ts";

/** An open event stream of a server, past its first event. */
export interface SseConnection {
  /** Where messages to the server are posted. */
  readonly endpoint: string;
  readonly events: AsyncIterable<SseEvent>;
  close(): void;
}

/** Opens the event stream of a server and waits until it says where messages go. */
export async function connectSse(pool: UpstreamPool, call: Call): Promise<SseConnection> {
  const { upstream, headers, signal, principal, token } = call;
  const stream = new AbortController();
  const giveUp = () => stream.abort(signal.reason);
  signal.throwIfAborted();
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    const response = await pool.send(upstream, {
      method: "GET",
      headers: { ...headersForServer(headers), accept: "text/event-stream" },
      signal: stream.signal,
      kind: "stream",
      principal,
      ...(token && { token }),
    });
    const events = eventsOf(response, upstream.name);
    const endpoint = await readEndpoint(events, upstream, stream);
    return { endpoint, events, close: () => stream.abort() };
  } catch (error) {
    stream.abort();
    throw error;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

async function* eventsOf(response: UpstreamResponse, upstream: string): AsyncGenerator<SseEvent> {
  try {
    await assertIsForAgent(response, upstream);
    const isStream = response.headers["content-type"]?.startsWith("text/event-stream") === true;
    if (response.status !== 200 || !isStream) {
      throw new UpstreamError(`upstream ${upstream} opens no event stream`, {
        cause: new Error(`HTTP ${response.status}, ${response.headers["content-type"]}`),
      });
    }
    yield* readEvents(response, upstream);
  } finally {
    release(response);
  }
}

/** The URL of the first `endpoint` event. One that comes too late is none. */
async function readEndpoint(
  events: AsyncGenerator<SseEvent>,
  { name, target, timeoutMs }: CompiledUpstream,
  stream: AbortController,
): Promise<string> {
  const timer = setTimeout(() => {
    const message = `upstream ${name} named no endpoint within ${timeoutMs} ms`;
    stream.abort(new UpstreamError(message, { kind: "timed-out" }));
  }, timeoutMs);
  try {
    for (;;) {
      const { value, done } = await events.next();
      if (done) throw new UpstreamError(`upstream ${name} ended its stream before it began`);
      if (value.event !== "endpoint") continue;
      return resolveEndpoint(value.data ?? "", target.kind === "sse" ? target.url : "", name);
    }
  } catch (error) {
    // Nobody will read on: what the stream holds is given back.
    await events.return(undefined);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A server may choose the path, never the host: it would have the gateway carry its credentials,
 * and what the agent says, to any server that the gateway can reach (MCP 2024-11-05, HTTP with SSE).
 */
function resolveEndpoint(endpoint: string, streamUrl: string, upstream: string): string {
  const resolved = URL.canParse(endpoint, streamUrl) ? new URL(endpoint, streamUrl) : undefined;
  if (resolved?.origin !== new URL(streamUrl).origin) {
    throw new UpstreamError(`upstream ${upstream} names an endpoint that is not its own`, {
      cause: new Error(`${JSON.stringify(endpoint.slice(0, 200))} is not on ${streamUrl}`),
    });
  }
  return resolved.href;
}
