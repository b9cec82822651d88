import {
  Client as ClientV2,
  StreamableHTTPClientTransport as TransportV2,
} from "@modelcontextprotocol/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";
import {
  type OldServer,
  type ScriptedSseServer,
  startOldServer,
  startScriptedSse,
} from "../support/sse-upstream.ts";

let gateway: TestGateway;
let real: OldServer;
let scripted: ScriptedSseServer;
let hostile: ScriptedSseServer;
let mute: ScriptedSseServer;
let authorization: string;
let answerTo: (message: Record<string, unknown>) => object | undefined = () => ({ result: {} });

beforeAll(async () => {
  [real, scripted, hostile, mute] = await Promise.all([
    startOldServer(),
    startScriptedSse({ answer: (message) => answerTo(message) }),
    startScriptedSse({ endpoint: "http://127.0.0.1:9/steal" }),
    startScriptedSse({ endpoint: "" }),
  ]);
  const timeout = { nanos: 300_000_000 };
  gateway = await TestGateway.start(
    {
      upstreams: [
        { name: "real", sse: real.url },
        { name: "scripted", sse: scripted.url, timeout },
        { name: "hostile", sse: hostile.url, timeout },
        { name: "mute", sse: mute.url, timeout },
        { name: "patient", sse: scripted.url },
      ],
      routes: [
        { path: "/real", upstreams: ["real"] },
        { path: "/scripted", upstreams: ["scripted"] },
        { path: "/hostile", upstreams: ["hostile"] },
        { path: "/mute", upstreams: ["mute"] },
        { path: "/patient", upstreams: ["patient"] },
      ],
      rules: [{ name: "all", match: {}, action: Action.ALLOW }],
      scanning: {
        profiles: [{ name: "standard" }],
        overrides: [{ match: { tools: ["scripted/*", "patient/*"] }, arguments: { schema: 1 } }],
      },
    },
    { proxies: 2 },
  );
  authorization = `Bearer ${await gateway.createAgent("agent-1")}`;
});
afterAll(async () => {
  await gateway?.stop();
  await Promise.all([real, scripted, hostile, mute].map((server) => server?.stop()));
});

const sessions: Record<string, string>[] = [];
const clients: { close(): Promise<void> }[] = [];
afterEach(async () => {
  answerTo = () => ({ result: {} });
  for (const client of clients.splice(0)) await client.close();
  for (const headers of sessions.splice(0)) {
    await fetch(gateway.url(0, "/scripted"), { method: "DELETE", headers });
  }
  await vi.waitFor(() => expect(scripted.streams.size).toBe(0));
});

async function connect(capabilities = {}, path = "/real") {
  const client = new Client({ name: "test", version: "1" }, { capabilities });
  const transport = new StreamableHTTPClientTransport(gateway.url(0, path), {
    requestInit: { headers: { authorization } },
  });
  await client.connect(transport as Parameters<Client["connect"]>[0]);
  clients.push(client);
  return { client, transport };
}

const request = (id: string | number, method: string, params = {}) => ({
  jsonrpc: "2.0",
  id,
  method,
  params,
});

/** A session with the scripted server, as headers. */
async function openSession(path = "/scripted"): Promise<Record<string, string>> {
  const opened = await post(gateway.url(0, path), request(0, "initialize"), { authorization });
  expect(opened.status).toBe(200);
  const headers = { authorization, "mcp-session-id": opened.headers.get("mcp-session-id") ?? "" };
  sessions.push(headers);
  return headers;
}

describe("a server of 2024-11-05, to an agent that speaks Streamable HTTP", () => {
  it("lists its tools, checked against their schemas, and answers calls", async () => {
    const { client } = await connect();

    const { tools } = await client.listTools();
    const result = await client.callTool({ name: "echo", arguments: { message: "hello" } });
    const wrong = await client.callTool({ name: "echo", arguments: { message: 7 } });

    expect(tools.map(({ name }) => name)).toContain("echo");
    expect(result.content).toEqual([{ type: "text", text: "Echo: hello" }]);
    expect(wrong).toMatchObject({ isError: true, _meta: { "mcpgateway/findings": ["schema"] } });
  });

  it("reports progress on the stream of the call", async () => {
    const { client } = await connect();
    const progress: number[] = [];

    const result = await client.callTool(
      { name: "trigger-long-running-operation", arguments: { duration: 0.3, steps: 3 } },
      undefined,
      { onprogress: (it) => void progress.push(it.progress) },
    );

    expect(progress).toEqual([1, 2, 3]);
    expect(JSON.stringify(result.content)).toContain("completed");
  });

  it("answers many calls at once, each to its own", async () => {
    const { client } = await connect();
    const texts = Array.from({ length: 20 }, (_, index) => `text ${index}`);

    const results = await Promise.all(
      texts.map((message) => client.callTool({ name: "echo", arguments: { message } })),
    );

    expect(results.map(({ content }) => content)).toEqual(
      texts.map((text) => [{ type: "text", text: `Echo: ${text}` }]),
    );
  });

  it("asks the agent for samples and answers in the middle of a call", async () => {
    const { client } = await connect({ sampling: {}, elicitation: { form: {} } });
    client.setRequestHandler(CreateMessageRequestSchema, () => ({
      role: "assistant" as const,
      model: "none",
      content: { type: "text" as const, text: "a sample" },
    }));
    client.setRequestHandler(ElicitRequestSchema, () => ({ action: "decline" as const }));

    const sampled = await client.callTool({
      name: "trigger-sampling-request",
      arguments: { prompt: "?" },
    });
    const elicited = await client.callTool({ name: "trigger-elicitation-request", arguments: {} });

    expect(JSON.stringify(sampled.content)).toContain("a sample");
    expect(JSON.stringify(elicited.content)).toContain("decline");
  });

  it("speaks on its own, on the stream that listens", async () => {
    const { client } = await connect();
    const heard = vi.fn();
    client.setNotificationHandler(LoggingMessageNotificationSchema, heard);

    await client.callTool({ name: "toggle-simulated-logging", arguments: {} });

    await vi.waitFor(() => expect(heard).toHaveBeenCalled(), { timeout: 10_000 });
  });

  it("is found by a client of both eras, which falls back to initialize", async () => {
    const client = new ClientV2(
      { name: "test", version: "1" },
      { versionNegotiation: { mode: "auto" } },
    );
    await client.connect(
      new TransportV2(gateway.url(0, "/real"), { requestInit: { headers: { authorization } } }),
    );
    clients.push(client);

    const result = await client.callTool({ name: "echo", arguments: { message: "both" } });

    expect(result.content).toEqual([{ type: "text", text: "Echo: both" }]);
  });
});

describe("a server of 2024-11-05, to an agent that speaks it too", () => {
  it("answers calls, with progress on the way", async () => {
    const client = new Client({ name: "test", version: "1" });
    const withKey: typeof fetch = (url, init) =>
      fetch(url, {
        ...init,
        headers: { ...Object.fromEntries(new Headers(init?.headers)), authorization },
      });
    await client.connect(new SSEClientTransport(gateway.url(0, "/real/sse"), { fetch: withKey }));
    clients.push(client);
    const progress: number[] = [];

    const echoed = await client.callTool({ name: "echo", arguments: { message: "old" } });
    await client.callTool(
      { name: "trigger-long-running-operation", arguments: { duration: 0.3, steps: 3 } },
      undefined,
      { onprogress: (it) => void progress.push(it.progress) },
    );

    expect(echoed.content).toEqual([{ type: "text", text: "Echo: old" }]);
    expect(progress).toEqual([1, 2, 3]);
  });
});

describe("a session, at another proxy than the one that holds its connection,", () => {
  const there = () => gateway.url(1, "/scripted");

  it("goes on: calls are answered, and recorded once", async () => {
    const headers = await openSession();
    const before = (await gateway.records()).length;

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, id) => post(there(), request(id, "tools/list"), headers)),
    );

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(answers.map(({ body }) => body)).toEqual(
      answers.map((_, id) => expect.objectContaining({ id })),
    );
    const records = (await gateway.records()).slice(before);
    expect(records.filter(({ method }) => method === "tools/list")).toHaveLength(20);
  });

  it("brings answers that are larger than what may be under way at once", async () => {
    const headers = await openSession();
    const text = "\u{1f600}ü".repeat(400_000);
    answerTo = () => ({ result: { text } });
    const answer = await post(there(), request(1, "tools/call", { name: "big" }), headers);
    // Compared here, since nobody reads how megabytes differ.
    expect(answer.text.includes(`"${text}"`)).toBe(true);
    expect(answer.body).toMatchObject({ id: 1 });
  });

  it("takes requests that are larger than what may be under way at once", async () => {
    const headers = await openSession();
    const text = "ü".repeat(600_000);
    await post(there(), request(1, "tools/call", { name: "big", arguments: { text } }), headers);
    expect(scripted.posted.at(-1)).toMatchObject({ id: 1, params: { arguments: { text } } });
  });

  it("reports progress on the stream of the call, and asks the agent in the middle of it", async () => {
    const headers = await openSession();
    answerTo = () => undefined;
    const call = request(1, "tools/call", { name: "asks", _meta: { progressToken: "p" } });
    const pending = post(there(), call, headers);
    await vi.waitFor(() => expect(scripted.posted.at(-1)).toMatchObject({ id: 1 }));
    const params = { progressToken: "p", progress: 1 };
    scripted.say({ jsonrpc: "2.0", method: "notifications/progress", params });
    scripted.say(request("asked", "sampling/createMessage"));
    scripted.say({ jsonrpc: "2.0", id: 1, result: { content: [] } });

    const { text } = await pending;
    expect(text).toContain('"progress":1');
    expect(text).toContain('"asked"');
    const told = await post(there(), { jsonrpc: "2.0", id: "asked", result: {} }, headers);
    expect(told.status).toBe(202);
    expect(scripted.posted.at(-1)).toEqual({ jsonrpc: "2.0", id: "asked", result: {} });
  });

  it("passes a cancellation on, wherever it and its call arrive", async () => {
    const headers = await openSession();
    answerTo = () => undefined;
    const urls = [gateway.url(0, "/scripted"), there()];
    for (const [index, url] of urls.entries()) {
      const call = request(index, "tools/call", { name: "slow" });
      const pending = post(url, call, headers);
      await vi.waitFor(() => expect(scripted.posted.at(-1)).toMatchObject(call));
      const params = { requestId: index };
      const cancel = { jsonrpc: "2.0", method: "notifications/cancelled", params };
      const other = urls[1 - index] ?? url;

      expect((await post(other, cancel, headers)).status).toBe(202);
      expect((await pending).body).toMatchObject({ error: { code: 4990 } });
      expect(scripted.posted.at(-1)).toMatchObject(cancel);
    }
  });

  it("refuses a request whose id is under way at the first", async () => {
    const headers = await openSession();
    answerTo = () => undefined;
    const first = post(
      gateway.url(0, "/scripted"),
      request(1, "tools/call", { name: "slow" }),
      headers,
    );
    await vi.waitFor(() => expect(scripted.posted.at(-1)).toMatchObject({ id: 1 }));

    expect(await post(there(), request(1, "tools/list"), headers)).toMatchObject({ status: 400 });
    expect((await first).body).toMatchObject({ error: { code: 5040 } });
  });

  it("tells of a server that falls silent, as the first would", async () => {
    const headers = await openSession();
    answerTo = () => undefined;
    const silent = await post(there(), request(1, "tools/call", { name: "slow" }), headers);
    expect(silent.body).toMatchObject({ id: 1, error: { code: 5040 } });
  });

  it("is heard, and a stream opened later takes over from one at the first", async () => {
    const headers = await openSession();
    const stream = { ...headers, accept: "text/event-stream" };
    const first = await fetch(gateway.url(0, "/scripted"), { headers: stream });
    const second = await fetch(there(), { headers: stream });
    expect((await first.text()).replaceAll(/^:.*$/gm, "").trim()).toBe("");
    scripted.say({ jsonrpc: "2.0", method: "notifications/message", params: { data: "here" } });

    const reader = second.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toContain("here");
    await reader?.cancel();
  });

  it("keeps what is said after a listener has left for the next", async () => {
    const headers = await openSession();
    const stream = { ...headers, accept: "text/event-stream" };
    await (await fetch(there(), { headers: stream })).body?.cancel();
    const third = await vi.waitFor(async () => {
      const response = await fetch(there(), { headers: stream });
      expect(response.status).toBe(200);
      return response;
    });
    scripted.say({ jsonrpc: "2.0", method: "notifications/message", params: { data: "kept" } });
    const reader = third.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toContain("kept");
    await reader?.cancel();
  });

  it("ends with DELETE, at the server too", async () => {
    const headers = await openSession();
    const ended = await fetch(there(), { method: "DELETE", headers });
    expect(ended.status).toBe(200);
    await vi.waitFor(() => expect(scripted.streams.size).toBe(0));
    for (const proxy of [0, 1]) {
      const url = gateway.url(proxy, "/scripted");
      expect((await post(url, request(1, "tools/list"), headers)).status).toBe(404);
    }
  });

  it("is 404 at once when its holder died, so that the client begins anew; a call under way fails soon", async () => {
    const doomed = await gateway.spawnProxy();
    const holder = new URL(`http://127.0.0.1:${doomed.port}/patient`);
    const other = gateway.url(1, "/patient");
    const opened = await post(holder, request(0, "initialize"), { authorization });
    const headers = { authorization, "mcp-session-id": opened.headers.get("mcp-session-id") ?? "" };
    expect((await post(other, request(1, "tools/list"), headers)).status).toBe(200);
    answerTo = () => undefined;
    const long = { name: "patient" };
    const pending = post(other, request(2, "tools/call", long), headers);
    await vi.waitFor(() => expect(scripted.posted.at(-1)).toMatchObject({ id: 2 }));

    await doomed.kill();

    expect(await post(other, request(3, "tools/list"), headers)).toMatchObject({
      status: 404,
      body: { id: 3, error: { code: -32_001 } },
    });
    expect((await pending).body).toMatchObject({
      id: 2,
      error: { code: 5020, message: expect.stringContaining("is gone: begin a new session") },
    });
  });
});

describe("a session", () => {
  it("ends with DELETE, at the server too", async () => {
    const headers = await openSession();
    expect(scripted.streams.size).toBeGreaterThan(0);

    const url = gateway.url(0, "/scripted");
    const ended = await fetch(url, { method: "DELETE", headers });
    const after = await post(url, request(1, "tools/list"), headers);

    expect(ended.status).toBe(200);
    expect(after).toMatchObject({ status: 404, body: { error: { code: -32_001 } } });
    await vi.waitFor(() => expect(scripted.streams.size).toBe(0));
  });

  it("ends when the server ends its stream: calls fail, and the client is told to begin again", async () => {
    const headers = await openSession();
    answerTo = () => undefined;
    const url = gateway.url(0, "/scripted");
    const pending = post(url, request(1, "tools/call", { name: "slow" }), headers);
    await vi.waitFor(() => expect(scripted.posted.at(-1)).toMatchObject({ id: 1 }));

    for (const stream of scripted.streams) stream.end();

    expect((await pending).body).toMatchObject({ id: 1, error: { code: 5020 } });
    expect((await post(url, request(2, "tools/list"), headers)).status).toBe(404);
  });

  it("belongs to one agent", async () => {
    const headers = await openSession();
    const other = `Bearer ${await gateway.createAgent("agent-2")}`;
    const stolen = await post(gateway.url(0, "/scripted"), request(1, "tools/list"), {
      ...headers,
      authorization: other,
    });
    expect(stolen.status).toBe(404);
  });

  it("is needed for everything but initialize: 400", async () => {
    const url = gateway.url(0, "/scripted");
    const refused = await post(url, request(1, "tools/list"), { authorization });
    const stream = await fetch(url, { headers: { authorization, accept: "text/event-stream" } });
    expect(refused).toMatchObject({ status: 400, body: { id: 1 } });
    expect(stream.status).toBe(400);
  });

  it("keeps what the server says until the agent listens, also before its first stream", async () => {
    const headers = await openSession();
    scripted.say({ jsonrpc: "2.0", method: "notifications/message", params: { data: "early" } });

    const stream = await fetch(gateway.url(0, "/scripted"), {
      headers: { ...headers, accept: "text/event-stream" },
    });

    const reader = stream.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toContain("early");
    await reader?.cancel();
  });

  it("answers the server in the agent's place when too much was never listened to", async () => {
    await openSession();
    const asked = Array.from({ length: 257 }, (_, index) => request(`ask-${index}`, "ping"));
    for (const message of asked) scripted.say(message);

    await vi.waitFor(() =>
      expect(scripted.posted.at(-1)).toMatchObject({ id: "ask-0", error: { code: -32_603 } }),
    );
  });

  it("refuses a request whose id is under way", async () => {
    const headers = await openSession();
    answerTo = () => undefined;
    const url = gateway.url(0, "/scripted");
    const first = post(url, request(1, "tools/call", { name: "slow" }), headers);
    await vi.waitFor(() => expect(scripted.posted.at(-1)).toMatchObject({ id: 1 }));

    const second = await post(url, request(1, "tools/list"), headers);

    expect(second).toMatchObject({ status: 400, body: { id: 1 } });
    expect((await first).body).toMatchObject({ error: { code: 5040 } });
  });

  it("passes a cancellation on, and ends the call", async () => {
    const headers = await openSession();
    answerTo = () => undefined;
    const url = gateway.url(0, "/scripted");
    const pending = post(url, request(1, "tools/call", { name: "slow" }), headers);
    await vi.waitFor(() => expect(scripted.posted.at(-1)).toMatchObject({ id: 1 }));
    const cancel = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } };

    const told = await post(url, cancel, headers);

    expect(told.status).toBe(202);
    expect((await pending).body).toMatchObject({ error: { code: 4990 } });
    expect(scripted.posted.at(-1)).toMatchObject(cancel);
  });
});

describe("a server that does not play by the rules", () => {
  it("and names an endpoint on another host is refused before anything is sent there", async () => {
    const refused = await post(gateway.url(0, "/hostile"), request(1, "initialize"), {
      authorization,
    });
    expect(refused.body).toMatchObject({
      error: { code: 5020, message: expect.stringContaining("an endpoint that is not its own") },
    });
    expect(refused.headers.get("mcp-session-id")).toBeNull();
    expect(hostile.posted).toEqual([]);
    await vi.waitFor(() => expect(hostile.streams.size).toBe(0));
  });

  it("and never names an endpoint is given up in time", async () => {
    const refused = await post(gateway.url(0, "/mute"), request(1, "initialize"), {
      authorization,
    });
    expect(refused.body).toMatchObject({ error: { code: 5040 } });
    await vi.waitFor(() => expect(mute.streams.size).toBe(0));
  });

  it("and falls silent is given up in time, while the session lives on", async () => {
    const headers = await openSession();
    const url = gateway.url(0, "/scripted");
    answerTo = () => undefined;
    const silent = await post(url, request(1, "tools/call", { name: "slow" }), headers);
    answerTo = () => ({ result: { tools: [] } });
    const next = await post(url, request(2, "tools/list"), headers);

    expect(silent.body).toMatchObject({ id: 1, error: { code: 5040 } });
    expect(next.body).toMatchObject({ id: 2, result: { tools: [] } });
  });
});
