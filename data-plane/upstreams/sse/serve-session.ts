import type { CompiledUpstream } from "../../../core/policy/compiled-policy.ts";
import type { Exchange } from "../../../core/redis/peers/exchange.ts";
import { isRequest, parseMessage } from "../../mcp/json-rpc.ts";
import { UpstreamError } from "../upstream-error.ts";
import type { SentCall } from "./open-call.ts";
import type { Refusal } from "./refusal.ts";
import { type Errand, type Found, type Report, toWire } from "./relay-messages.ts";
import type { SseSession } from "./sse-session.ts";

/** Tells another proxy that a session is not here. */
export async function refuseSession(refusal: Refusal, exchange: Exchange): Promise<void> {
  const found: Found = { refusal };
  await exchange.send(found);
}

/** Does with a session that this proxy holds what another proxy asks for. */
export async function serveSession(
  session: SseSession,
  exchange: Exchange,
  upstream: CompiledUpstream,
): Promise<void> {
  const found: Found = { refusal: undefined };
  await exchange.send(found);
  const errand = (await exchange.next()) as Errand | undefined;
  if (!errand) return;
  try {
    await run(errand, { session, exchange, upstream });
  } catch (error) {
    if (exchange.signal.aborted) return;
    if (!(error instanceof UpstreamError)) throw error;
    await say(exchange, { kind: "failed", reason: error.message, how: error.kind });
  }
}

interface Place {
  readonly session: SseSession;
  readonly exchange: Exchange;
  readonly upstream: CompiledUpstream;
}

async function run(errand: Errand, { session, exchange, upstream }: Place): Promise<void> {
  switch (errand.kind) {
    case "call":
      return await call(errand, { session, exchange, upstream });
    case "deliver": {
      const sender = { headers: errand.headers, upstream };
      const refusal = await session.deliver(sender, Buffer.from(errand.body));
      return await say(exchange, { kind: "delivered", refusal });
    }
    case "listen":
      return await listen(session, exchange);
    case "end":
      session.end(new UpstreamError("the agent ended the session"));
      return await say(exchange, { kind: "delivered", refusal: undefined });
  }
}

async function call(
  { headers, body }: Extract<Errand, { body: string }>,
  { session, exchange, upstream }: Place,
): Promise<void> {
  const bytes = Buffer.from(body);
  const parsed = parseMessage(bytes);
  if (!parsed.ok || !isRequest(parsed.message)) throw new Error("a proxy relayed no request");
  const { message } = parsed;
  const sent: SentCall = { headers, message, signal: exchange.signal, upstream };
  const answer = await session.call(sent, bytes, {
    onStream: () => void say(exchange, { kind: "stream" }).catch(() => {}),
    onEvent: async ({ data = "" }) => await say(exchange, { kind: "said", data }),
  });
  await say(exchange, { kind: "answer", answer: toWire(answer) });
}

async function listen(session: SseSession, exchange: Exchange): Promise<void> {
  for await (const said of session.listen(exchange.signal)) {
    const { data = "" } = said.event;
    try {
      await say(exchange, { kind: "said", data });
    } catch {
      // Whoever listens next gets it.
      session.keep(said);
      return;
    }
  }
}

async function say(exchange: Exchange, report: Report): Promise<void> {
  await exchange.send(report);
}
