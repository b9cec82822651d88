import { afterEach, describe, expect, it, vi } from "vitest";
import { type ScriptedSseServer, startScriptedSse } from "../../../test/support/sse-upstream.ts";
import type { AgentRequest, Call } from "../../call/agent-request.ts";
import type { Answer } from "../../call/outcome.ts";
import { CredentialReader } from "../credentials.ts";
import { isReceipt } from "../receipt.ts";
import { UpstreamPool } from "../upstream-pool.ts";
import { SseUpstreams } from "./sse-upstreams.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Scene {
  readonly server: ScriptedSseServer;
  readonly sse: SseUpstreams;
  /** Opens a session; its id. */
  open(): Promise<string>;
  ask(session: string, message: object, signal?: AbortSignal): Promise<Answer>;
  request(session: string, changes?: Partial<AgentRequest>): AgentRequest;
}

async function setUp(
  options: {
    limits?: { maxSessions?: number; idleMs?: number };
    script?: Parameters<typeof startScriptedSse>[0];
    maxConcurrent?: number;
  } = {},
): Promise<Scene> {
  const server = await startScriptedSse(options.script ?? { answer: () => ({ result: {} }) });
  const pool = new UpstreamPool({ credentials: new CredentialReader({}) });
  closers.push(
    () => server.stop(),
    () => pool.close(),
  );
  const sse = new SseUpstreams(pool, options.limits);
  const upstream = {
    name: "old",
    target: { kind: "sse", url: server.url },
    network: "private",
    timeoutMs: 1_000,
    maxConcurrent: options.maxConcurrent ?? 10,
    acceptsRoots: true,
    circuitBreaker: { failures: 100, openForMs: 1_000 },
  };
  const request = (session: string, changes: Partial<AgentRequest> = {}) =>
    ({
      upstream,
      httpMethod: "POST",
      headers: {
        accept: "application/json, text/event-stream",
        ...(session && { "mcp-session-id": session }),
      },
      signal: new AbortController().signal,
      ...changes,
    }) as unknown as AgentRequest;
  const ask = (session: string, message: object, signal = new AbortController().signal) => {
    const call = { ...request(session), message, signal, subject: {} } as unknown as Call;
    const listener = { onStream: () => {}, onEvent: async () => {} };
    return sse.call(call, Buffer.from(JSON.stringify(message)), listener);
  };
  const open = async () => {
    const answer = await ask("", { jsonrpc: "2.0", id: 0, method: "initialize" });
    return (answer.via === "json" && answer.headers["mcp-session-id"]) || "";
  };
  return { server, sse, open, ask, request };
}

const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };

describe("sessions", () => {
  it("end when they are not used, and at the server too", async () => {
    const { server, open, ask } = await setUp({ limits: { idleMs: 100 } });
    const session = await open();
    await vi.waitFor(() => expect(server.streams.size).toBe(0));
    expect(await ask(session, list)).toMatchObject({ via: "json", status: 404 });
  });

  it("that somebody listens to are used", async () => {
    const { server, sse, open, request } = await setUp({ limits: { idleMs: 100 } });
    const opened = await sse.openStream(request(await open(), { httpMethod: "GET" }));
    expect(isReceipt(opened)).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(server.streams.size).toBe(1);
  });

  it("are refused over the bound while all of them are fresh", async () => {
    const { open } = await setUp({ limits: { maxSessions: 2 } });
    await open();
    await open();
    await expect(open()).rejects.toMatchObject({ kind: "busy" });
  });

  it("that were left alone make room for new ones", async () => {
    const { server, open, ask } = await setUp({ limits: { maxSessions: 1 } });
    const now = vi.spyOn(performance, "now");
    closers.push(() => now.mockRestore());
    const first = await open();
    now.mockImplementation(() => 10_000_000);
    const second = await open();

    expect(await ask(first, list)).toMatchObject({ status: 404 });
    expect((await ask(second, list)).via).not.toBe("resumable-stream");
    await vi.waitFor(() => expect(server.streams.size).toBe(1));
  });

  it("that the server refused are none", async () => {
    const { server, ask } = await setUp({
      script: { initialize: { error: { code: -32_602, message: "no" } } },
    });
    const answer = await ask("", { jsonrpc: "2.0", id: 0, method: "initialize" });
    expect(answer).toMatchObject({
      via: "json",
      headers: {},
      message: { error: { code: -32_602 } },
    });
    await vi.waitFor(() => expect(server.streams.size).toBe(0));
  });

  it("end when the policy sends the agents of the upstream elsewhere", async () => {
    const { server, sse, open, request } = await setUp();
    const session = await open();
    const moved = request(session);
    const target = { kind: "sse" as const, url: "http://127.0.0.1:1/sse" };
    const receipt = await sse.deliver(
      { ...moved, upstream: { ...moved.upstream, target } },
      Buffer.from("{}"),
    );
    expect(receipt.status).toBe(404);
    await vi.waitFor(() => expect(server.streams.size).toBe(0));
  });
});

describe("a call", () => {
  it("takes a place until it is answered, like any other", async () => {
    const { server, open, ask } = await setUp({
      maxConcurrent: 1,
      script: { answer: () => undefined },
    });
    const session = await open();
    const agent = new AbortController();
    const pending = ask(session, list, agent.signal);
    await vi.waitFor(() => expect(server.posted.at(-1)).toMatchObject({ id: 1 }));

    await expect(ask(session, { ...list, id: 2 })).rejects.toMatchObject({ kind: "busy" });

    agent.abort(new Error("cancelled"));
    await expect(pending).rejects.toThrow("cancelled");
    await expect(ask(session, { ...list, id: 3 })).rejects.toMatchObject({ kind: "timed-out" });
  });

  it('does not take the answer to another: 1 and "1" are two ids', async () => {
    const { server, open, ask } = await setUp({ script: { answer: () => undefined } });
    const session = await open();
    const answers = [ask(session, list), ask(session, { ...list, id: "1" })];
    await vi.waitFor(() => expect(server.posted).toHaveLength(3));

    server.say({ jsonrpc: "2.0", id: "1", result: "of the text" });
    server.say({ jsonrpc: "2.0", id: 1, result: "of the number" });

    expect(await Promise.all(answers)).toMatchObject([
      { message: { result: "of the number" } },
      { message: { result: "of the text" } },
    ]);
  });
});

describe("what a server says on its own", () => {
  it("goes to the call whose progress it is, and else to the listener", async () => {
    const { server, sse, open, request } = await setUp({ script: { answer: () => undefined } });
    const session = await open();
    const listening = await sse.openStream(request(session, { httpMethod: "GET" }));
    if (isReceipt(listening)) throw new Error("no stream");
    const params = { _meta: { progressToken: "p" } };
    const call = { ...request(session), message: { ...list, params }, subject: {} };
    const toCall: unknown[] = [];
    const onEvent = async (_event: unknown, message: unknown) => void toCall.push(message);
    const asked = sse.call(call as unknown as Call, Buffer.from(JSON.stringify(call.message)), {
      onStream: () => {},
      onEvent,
    });
    await vi.waitFor(() => expect(server.posted.at(-1)).toMatchObject({ id: 1 }));

    const progress = { method: "notifications/progress", params: { progressToken: "p" } };
    server.say(progress);
    server.say({ method: "notifications/progress", params: { progressToken: "other" } });
    server.say({ id: 1, result: {} });
    const heard = await listening.events[Symbol.asyncIterator]().next();

    expect(await asked).toMatchObject({ via: "stream", message: { result: {} } });
    expect(toCall).toEqual([progress]);
    expect(heard).toMatchObject({ value: { message: { params: { progressToken: "other" } } } });
  });
});

describe("a listener", () => {
  it("that comes again takes over from its own dead connection", async () => {
    const { server, sse, open, request } = await setUp();
    const session = await open();
    const listen = async () => {
      const opened = await sse.openStream(request(session, { httpMethod: "GET" }));
      if (isReceipt(opened)) throw new Error("no stream");
      return opened.events[Symbol.asyncIterator]();
    };
    const dead = await listen();
    const ended = dead.next();
    const alive = await listen();
    server.say({ jsonrpc: "2.0", method: "notifications/message" });

    expect(await ended).toMatchObject({ done: true });
    expect(await alive.next()).toMatchObject({ value: { message: { jsonrpc: "2.0" } } });
  });
});
