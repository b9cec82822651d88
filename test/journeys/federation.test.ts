import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { type FixtureServer, startFixtureServer } from "../conformance/fixture-server.ts";
import {
  type FederatedUpstream,
  oddNames,
  startFederatedUpstream,
  startPinger,
} from "../support/federated-upstream.ts";
import { startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { connectClient, post, type TestEra } from "../support/mcp.ts";

let files: TestUpstream;
let notes: FederatedUpstream;
let full: FixtureServer;
let one: TestUpstream;
let two: TestUpstream;
let gateway: TestGateway;
let key: string;

beforeAll(async () => {
  [files, notes, full, one, two] = await Promise.all([
    startUpstream(),
    startFederatedUpstream(),
    startFixtureServer(),
    startPinger(),
    startPinger(),
  ]);
  gateway = await TestGateway.start(
    {
      upstreams: [
        { name: "files", url: files.url },
        { name: "Notes-2", url: notes.url },
        { name: "full", url: full.url },
        { name: "one", url: one.url },
        { name: "two", url: two.url },
      ],
      routes: [
        { path: "/mcp", upstreams: ["files", "Notes-2"] },
        { path: "/full", upstreams: ["Notes-2", "full"] },
        { path: "/pings", upstreams: ["one", "two"] },
      ],
      rules: [
        {
          name: "most",
          match: {
            tools: ["files/echo", "files/fail", "Notes-2/*", "full/*"],
            prompts: ["*/*"],
            resources: ["*/*"],
          },
          action: Action.ALLOW,
        },
        { name: "no-failing", match: { tools: ["files/fail"] }, action: Action.DENY },
        {
          name: "writes",
          match: { tools: ["files/write"] },
          action: Action.APPROVE,
          approval: "anyone",
        },
      ],
      approvals: [{ name: "anyone" }],
      limits: [
        {
          name: "few",
          match: { agents: ["limited-*"], tools: ["Notes-2/echo"] },
          per: [1],
          requests: 2,
          window: { seconds: 60n },
        },
      ],
    },
    { proxies: 2 },
  );
  key = await gateway.createAgent("analyst-1");
});
describe("what the gateway itself answers for, where several upstreams are one server", () => {
  const send = (method: string, headers: Record<string, string>) =>
    fetch(gateway.url(), { method, headers: { authorization: `Bearer ${key}`, ...headers } });

  it("has no session to end in the modern era, nor without a session", async () => {
    const modern = { "mcp-protocol-version": "2026-07-28" };
    expect((await send("DELETE", modern)).status).toBe(405);
    expect((await send("GET", modern)).status).toBe(405);
    expect((await send("DELETE", {})).status).toBe(400);
  });

  it("refuses revisions that it does not speak", async () => {
    const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };
    const ask = (version: string) =>
      post(gateway.url(), list, {
        authorization: `Bearer ${key}`,
        "mcp-protocol-version": version,
      });
    expect((await ask("2025-06-18")).status).toBe(200);
    const { status, body } = await ask("1999-01-01");
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain("2025-11-25");
  });

  it("answers a batch that asks nothing with nothing, or with a refusal of the whole", async () => {
    const authorization = `Bearer ${key}`;
    const answer = { jsonrpc: "2.0", id: 99, result: {} };
    const note = { jsonrpc: "2.0", method: "notifications/initialized" };
    const ping = { jsonrpc: "2.0", id: 1, method: "ping" };

    expect(await post(gateway.url(), [note, note], { authorization })).toMatchObject({
      status: 202,
      text: "",
    });
    expect((await post(gateway.url(), [note, answer], { authorization })).status).toBe(400);
    const mixed = await post(gateway.url(), [answer, ping], { authorization });
    expect(mixed).toMatchObject({ status: 200, body: [{ id: 1, result: {} }] });
  });

  it("takes batches apart, each part for its upstream", async () => {
    const call = (id: unknown, name: string) => ({
      jsonrpc: "2.0",
      id,
      method: "tools/call",
      params: { name, arguments: { text: String(id) } },
    });
    const batch = [
      call(1, "files__echo"),
      call("1", "Notes-2__echo"),
      call(-1.5, "files__fail"),
      { jsonrpc: "2.0", id: 2, method: "tools/list" },
      { jsonrpc: "2.0", method: "notifications/initialized" },
    ];
    const { status, text } = await post(gateway.url(), batch, { authorization: `Bearer ${key}` });
    expect(status).toBe(200);
    const answers = text.startsWith("[") ? JSON.parse(text) : eventsOf(text);
    expect(answers).toHaveLength(4);
    expect(answers).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: 1, result: expect.anything() }),
        expect.objectContaining({ id: "1", result: expect.anything() }),
        expect.objectContaining({ id: -1.5, error: expect.objectContaining({ code: 4030 }) }),
        expect.objectContaining({ id: 2, result: expect.anything() }),
      ]),
    );
  });
});

function eventsOf(text: string): unknown[] {
  return [...text.matchAll(/^data: (.+)$/gm)].map(([, data]) => JSON.parse(data ?? ""));
}

afterAll(async () => {
  await gateway?.stop();
  await Promise.all([files, notes, full, one, two].map((upstream) => upstream?.stop()));
});

describe.each(["legacy", "modern"] as const)("an agent of the %s era", (era) => {
  it("sees the tools of all upstreams that it may use, in the order of the route", async () => {
    const client = await connect(era);
    const { tools } = await client.listTools();
    const names = tools.map(({ name }) => name);
    expect(names.slice(0, 3)).toEqual(["files__echo", "files__write", "Notes-2__echo"]);
    expect(names).not.toContain("files__fail");
    await client.close();
  });

  it("reaches the upstream that a name says, and the policy sees that upstream's own name", async () => {
    const client = await connect(era);
    const runs = files.runs.get("echo") ?? 0;
    expect(await echo(client, "files__echo")).toBe("echo: hello");
    expect(files.runs.get("echo")).toBe(runs + 1);
    expect(await echo(client, "Notes-2__echo")).toBe("echo: hello");
    expect(files.runs.get("echo")).toBe(runs + 1);
    const ended = await gateway.outcomes(2);
    expect(ended.slice(-2)).toMatchObject([
      { upstream: "files", tool: "echo", outcome: "answered", route: "/mcp" },
      { upstream: "Notes-2", tool: "echo", outcome: "answered" },
    ]);
    await client.close();
  });

  it("gets names that every client takes, and each leads back to its tool on any proxy", async () => {
    const client = await connect(era);
    const { tools } = await client.listTools();
    const names = tools.map(({ name }) => name).filter((name) => /_[0-9a-f]{8}$/.test(name));
    expect(names).toHaveLength(3);
    expect(names.every((name) => /^[a-zA-Z0-9_-]{1,64}$/.test(name))).toBe(true);
    const other = await connect(era, "/mcp", 1);
    const texts = await Promise.all(names.map((name) => echo(other, name)));
    expect(texts).toEqual(Object.values(oddNames).map((name) => `${name}: hello`));
    await Promise.all([client.close(), other.close()]);
  });

  it("is told which rule denies its call", async () => {
    const client = await connect(era);
    const call = client.callTool({ name: "files__fail", arguments: {} });
    await expect(call).rejects.toMatchObject({ code: 4030, data: { rule: "no-failing" } });
    await client.close();
  });

  it("has a call held until a person approves it", async () => {
    const client = await connect(era);
    const args = { path: `/${era}`, content: "x" };
    const pending = client.callTool({ name: "files__write", arguments: args });
    expect(await gateway.pendingApproval()).toMatchObject({ tool: "write", upstream: "files" });
    await gateway.decide(true);
    expect((await pending).content).toEqual([{ type: "text", text: `wrote /${era}` }]);
    await client.close();
  });

  it("is limited by what it does, not by the name it says", async () => {
    const limited = await gateway.createAgent(`limited-${era}`);
    const client = await connectClient(gateway.url(), limited, era);
    await echo(client, "Notes-2__echo");
    await echo(client, "Notes-2__echo");
    await expect(echo(client, "Notes-2__echo")).rejects.toThrow(/4290|Limit few/);
    expect(await echo(client, "files__echo")).toBe("echo: hello");
    await client.close();
  });

  it.each(["echo", "nobody__echo", "files__", "files__nothing", "files__x_01234567"])(
    "is told that there is no tool %s",
    async (name) => {
      const client = await connect(era);
      await expect(client.callTool({ name, arguments: {} })).rejects.toMatchObject({
        message: expect.stringMatching(/Unknown tool|no rule allows/),
      });
      await client.close();
    },
  );

  it("gets prompts and resources under the names it was shown", async () => {
    const client = await connect(era);
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual(["files__greet", "Notes-2__greet"]);
    const { messages } = await client.getPrompt({ name: "Notes-2__greet" });
    expect(messages).toMatchObject([{ content: { text: "hello" } }]);
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual(["files+note://one", "Notes-2+note://one"]);
    const { contents } = await client.readResource({ uri: "Notes-2+note://one" });
    expect(contents).toMatchObject([{ uri: "Notes-2+note://one", text: "a note" }]);
    await expect(client.readResource({ uri: "note://one" })).rejects.toMatchObject({
      code: -32_602,
      message: expect.stringContaining("resources/list"),
    });
    await client.close();
  });

  it("can read the resources that a result links to", async () => {
    const client = await connect(era);
    const { content } = await client.callTool({ name: "Notes-2__link", arguments: {} });
    expect(content).toMatchObject([
      { type: "resource_link", uri: "Notes-2+note://one" },
      { type: "resource", resource: { uri: "Notes-2+note://one" } },
    ]);
    await client.close();
  });

  it("completes arguments of templates and prompts at the upstream that has them", async () => {
    const client = await connect(era, "/full");
    const { resourceTemplates } = await client.listResourceTemplates();
    const [template] = resourceTemplates;
    expect(template?.uriTemplate).toMatch(/^full\+test:\/\//);
    const { prompts } = await client.listPrompts();
    const prompt = prompts.find((one) => (one.arguments?.length ?? 0) > 0);
    const argument = { name: prompt?.arguments?.[0]?.name ?? "", value: "" };
    const completed = await client.complete({
      ref: { type: "ref/prompt", name: prompt?.name ?? "" },
      argument,
    });
    expect(completed.completion.values).toEqual(expect.any(Array));
    await client.close();
  });

  it("gets progress for the token that it gave", async () => {
    const client = await connect(era, "/full");
    const heard = vi.fn();
    await client.callTool(
      { name: "full__test_tool_with_progress", arguments: {} },
      {
        onprogress: heard,
      },
    );
    expect(heard).toHaveBeenCalled();
    await client.close();
  });

  it("cancels a call at its upstream", async () => {
    const client = await connect(era);
    const before = notes.runs.get("wait cancelled") ?? 0;
    const started = notes.runs.get("wait") ?? 0;
    const controller = new AbortController();
    const call = client.callTool(
      { name: "Notes-2__wait", arguments: {} },
      { signal: controller.signal },
    );
    const ended = expect(call).rejects.toThrow();
    await vi.waitFor(() => expect(notes.runs.get("wait")).toBe(started + 1));
    controller.abort("changed my mind");
    await ended;
    await vi.waitFor(() => expect(notes.runs.get("wait cancelled")).toBe(before + 1));
    await client.close();
  });

  it("is told that a method is unknown when no upstream can be meant", async () => {
    const session = era === "legacy" ? await openSession() : modernHeaders("x/unknown");
    const params = era === "legacy" ? {} : { _meta: modernMeta };
    const refused = await post(gateway.url(0, "/full"), request("x/unknown", params), session);
    expect(refused.body).toMatchObject({ error: { code: -32_601 } });
    expect(refused.status).toBe(era === "legacy" ? 200 : 404);
  });
});

describe("a legacy session with several upstreams", () => {
  it("begins with what all of them can do and say", async () => {
    const client = await connect("legacy", "/full");
    expect(client.getServerVersion()).toMatchObject({ name: "mcp-gateway" });
    expect(client.getServerCapabilities()).toMatchObject({
      tools: {},
      logging: {},
      completions: {},
      resources: { subscribe: true },
    });
    expect(client.getInstructions()).toContain("# Notes-2\n\nRead the note first.");
    await client.close();
  });

  it("goes on at another proxy, and ends everywhere when the agent ends it", async () => {
    const session = await openSession();
    const listed = await post(gateway.url(1, "/full"), request("tools/list"), session);
    expect(listed.body).toMatchObject({ result: { tools: expect.any(Array) } });
    const ended = await fetch(gateway.url(0, "/full"), { method: "DELETE", headers: session });
    expect(ended.status).toBeLessThan(300);
    const after = await post(gateway.url(0, "/full"), request("tools/list"), session);
    expect(after.status).toBe(404);
  });

  it.each([
    { of: "another agent", agent: "thief", path: "/full" },
    { of: "another route", agent: undefined, path: "/mcp" },
  ])("does not exist for $of", async ({ agent, path }) => {
    const session = await openSession();
    const owner = agent ? { authorization: `Bearer ${await gateway.createAgent(agent)}` } : {};
    const url = gateway.url(0, path);
    const refused = await post(url, request("tools/list"), { ...session, ...owner });
    expect(refused.status).toBe(404);
    const stream = await fetch(url, {
      headers: { ...session, ...owner, accept: "text/event-stream" },
    });
    expect(stream.status).toBe(404);
  });

  it("brings an upstream's question to the agent, and the answer to whoever asked", async () => {
    const client = new Client(
      { name: "asked", version: "1.0.0" },
      { capabilities: { sampling: {}, elicitation: {} } },
    );
    client.setRequestHandler("sampling/createMessage", () => ({
      model: "none",
      role: "assistant",
      content: { type: "text", text: "sampled" },
    }));
    await client.connect(transportTo(gateway.url(0, "/full")));
    const result = await client.callTool({
      name: "full__test_sampling",
      arguments: { prompt: "say" },
    });
    expect(JSON.stringify(result.content)).toContain("sampled");
    await client.close();
  });

  it("takes the agent's answer at any proxy", async () => {
    const session = await openSession({ sampling: {} });
    const call = request("tools/call", { name: "full__test_sampling", arguments: { prompt: "x" } });
    const answer = readerOf(
      await fetch(gateway.url(0, "/full"), {
        method: "POST",
        headers: { ...session, "content-type": "application/json", accept: both },
        body: JSON.stringify(call),
      }),
    );
    const asked = await answer.until("sampling/createMessage");
    const { id } = JSON.parse(asked.match(/^data: (.*sampling.*)$/m)?.[1] ?? "{}");
    expect(id).toMatch(/^full:/);
    const result = {
      model: "none",
      role: "assistant",
      content: { type: "text", text: "from the other proxy" },
    };
    const told = await post(gateway.url(1, "/full"), { jsonrpc: "2.0", id, result }, session);
    expect(told.status).toBe(202);
    expect(await answer.until('"result"')).toContain("from the other proxy");
  });

  it("hears on one stream what any upstream announces", async () => {
    const heard = vi.fn();
    const client = await connect("legacy", "/full");
    client.setNotificationHandler("notifications/tools/list_changed", heard);
    await vi.waitFor(async () => {
      await client.callTool({ name: "full__test_trigger_tool_change", arguments: {} });
      expect(heard).toHaveBeenCalled();
    });
    await client.close();
  });

  it("keeps apart what two upstreams ask under the same id", async () => {
    const session = await openSession({}, "/pings");
    const stream = await openStream(session);
    const asked = (await stream.until('"id":"one:1"')) + (await stream.until('"id":"two:1"'));
    expect(asked).toContain('"method":"ping"');
    const told = { jsonrpc: "2.0", id: "two:1", result: {} };
    expect((await post(gateway.url(1, "/pings"), told, session)).status).toBe(202);
    expect(two.received.map(({ body }) => body)).toContain('{"jsonrpc":"2.0","id":1,"result":{}}');
    expect(one.received.map(({ body }) => body).join()).not.toContain('"result"');
    const unasked = { ...told, id: "three:1" };
    expect((await post(gateway.url(1, "/pings"), unasked, session)).status).toBe(400);
    await stream.cancel();
  });

  it("tells all upstreams what the agent tells all of them", async () => {
    const session = await openSession({}, "/pings");
    const params = { requestId: 77, reason: "none" };
    const cancelled = { jsonrpc: "2.0", method: "notifications/cancelled", params };
    expect((await post(gateway.url(1, "/pings"), cancelled, session)).status).toBe(202);
    for (const { received } of [one, two]) {
      expect(received.map(({ body }) => body)).toContain(JSON.stringify(cancelled));
    }
  });

  it("goes on with each upstream where it stood, whether the upstream or the agent went away", async () => {
    const session = await openSession({}, "/pings");
    const first = await openStream(session);
    await first.until("one:1");
    // An upstream that ended its stream is asked again, from the last event that it gave.
    const last = await vi.waitFor(async () => await first.until("one:1"), { timeout: 10_000 });
    const eventId = last.match(/^id: (m\..+)$/m)?.[1] ?? "";
    await first.cancel();
    const resumedBefore = resumptions(one);
    expect(resumedBefore).not.toEqual([]);

    const resumed = await openStream({ ...session, "last-event-id": eventId }, 1);

    await resumed.until("one:1");
    expect(resumptions(one).length).toBeGreaterThan(resumedBefore.length);
    expect([...resumptions(one), ...resumptions(two)].every((id) => /^\d+$/.test(id))).toBe(true);
    await resumed.cancel();
  });

  it("resumes a broken answer at another proxy", async () => {
    const session = await openSession();
    const controller = new AbortController();
    const call = request("tools/call", { name: "full__test_tool_with_logging", arguments: {} });
    const broken = await fetch(gateway.url(0, "/full"), {
      method: "POST",
      headers: { ...session, "content-type": "application/json", accept: both },
      body: JSON.stringify(call),
      signal: controller.signal,
    });
    const first = await readerOf(broken).until("id: ");
    const eventId = first.match(/^id: (.+)$/m)?.[1] ?? "";
    controller.abort();
    const resumed = await vi.waitFor(async () => {
      const response = await fetch(gateway.url(1, "/full"), {
        headers: { ...session, accept: "text/event-stream", "last-event-id": eventId },
      });
      // The upstream refuses a second reader (409) as long as the first proxy reads.
      expect(response.status).toBe(200);
      return response;
    });
    expect(await readerOf(resumed).until('"result"')).toContain(`"id":${call.id}`);
  });

  it("sets the level of the log everywhere", async () => {
    const client = await connect("legacy", "/full");
    expect(await client.setLoggingLevel("debug")).toBeDefined();
    await client.close();
  });
});

it("passes a call on as it was written, and no session or key of the agent", async () => {
  const session = await openSession({}, "/mcp");
  const body =
    '{"jsonrpc":"2.0","id":"big","method":"tools/call","params":' +
    '{"name":"files__echo","arguments":{"text":"x"},"_meta":{"n":9007199254740991,"m":1.10}}}';
  const answer = await post(gateway.url(), body, session);
  expect(answer.body).toMatchObject({ id: "big", result: { content: [{ text: "echo: x" }] } });
  const arrived = files.received.at(-1);
  expect(arrived?.body).toBe(body.replace("files__echo", "echo"));
  expect(JSON.stringify(files.received)).not.toContain(session["mcp-session-id"]);
  expect(JSON.stringify(files.received)).not.toContain(key);
});

describe("a modern agent with several upstreams", () => {
  it("is told once what all of them can do", async () => {
    const client = await connect("modern", "/full");
    expect(client.getServerCapabilities()).toMatchObject({ tools: {}, completions: {} });
    const listed = await client.listTools();
    expect(listed).toMatchObject({ ttlMs: expect.any(Number), cacheScope: expect.any(String) });
    await client.close();
  });

  it("is asked for input by a tool, and its answer goes back to that tool", async () => {
    const client = new Client(
      { name: "asked", version: "1.0.0" },
      {
        capabilities: { elicitation: {} },
        versionNegotiation: { mode: { pin: "2026-07-28" } },
      },
    );
    client.setRequestHandler("elicitation/create", () => ({
      action: "accept",
      content: { name: "Ada" },
    }));
    await client.connect(transportTo(gateway.url(0, "/full")));
    const { tools } = await client.listTools();
    const asking = tools.find(({ description }) => description === "Asks for a name");
    const result = await client.callTool({ name: asking?.name ?? "", arguments: {} });
    expect(JSON.stringify(result.content)).toContain("Ada");
    await client.close();
  });

  it("hears in one subscription what it asked of each upstream", async () => {
    const uris = ["Notes-2+note://one", "full+test://static-text"];
    const listen = request("subscriptions/listen", {
      notifications: { resourceSubscriptions: uris, toolsListChanged: true },
      _meta: modernMeta,
    });
    const stream = await fetch(gateway.url(0, "/full"), {
      method: "POST",
      headers: modernHeaders("subscriptions/listen"),
      body: JSON.stringify(listen),
    });
    const reader = readerOf(stream);
    const first = await reader.until("\n\n");
    expect(first).toContain("notifications/subscriptions/acknowledged");
    expect(first).toContain(`"Notes-2+note://one"`);
    notes.announce();
    const heard = await reader.until("notifications/resources/updated");
    expect(heard).toContain(`"uri":"Notes-2+note://one"`);
    expect(heard).toContain(`"io.modelcontextprotocol/subscriptionId":${listen.id}`);
    await reader.cancel();
  });
});

const both = "application/json, text/event-stream";
const modernMeta = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};
let lastId = 0;

function modernHeaders(method: string) {
  return {
    authorization: `Bearer ${key}`,
    "content-type": "application/json",
    accept: both,
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": method,
  };
}

function request(method: string, params: object = {}) {
  lastId += 1;
  return { jsonrpc: "2.0", id: lastId, method, params };
}

function connect(era: TestEra, path = "/mcp", proxy = 0): Promise<Client> {
  return connectClient(gateway.url(proxy, path), key, era);
}

function transportTo(url: URL) {
  return new StreamableHTTPClientTransport(url, {
    requestInit: { headers: { authorization: `Bearer ${key}` } },
  });
}

async function echo(client: Client, name: string): Promise<unknown> {
  const { content } = await client.callTool({ name, arguments: { text: "hello" } });
  const [first] = content as { text?: string }[];
  return first?.text;
}

async function openSession(
  capabilities: object = {},
  path = "/full",
): Promise<Record<string, string>> {
  const authorization = `Bearer ${key}`;
  const clientInfo = { name: "raw", version: "1" };
  const initialize = request("initialize", {
    protocolVersion: "2025-11-25",
    capabilities,
    clientInfo,
  });
  const answer = await post(gateway.url(0, path), initialize, { authorization });
  const session = {
    authorization,
    "mcp-session-id": answer.headers.get("mcp-session-id") ?? "",
    "mcp-protocol-version": "2025-11-25",
  };
  const initialized = { jsonrpc: "2.0", method: "notifications/initialized" };
  expect((await post(gateway.url(1, path), initialized, session)).status).toBe(202);
  return session;
}

async function openStream(session: Record<string, string>, proxy = 0) {
  const headers = { ...session, accept: "text/event-stream" };
  return readerOf(await fetch(gateway.url(proxy, "/pings"), { headers }));
}

/** From which events an upstream was asked to go on. */
function resumptions({ received }: TestUpstream): string[] {
  return received.flatMap(({ headers }) => headers["last-event-id"] ?? []).map(String);
}

/** Reads a stream as far as a test needs it. */
function readerOf(response: Response) {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  return {
    until: async (wanted: string) => {
      while (!text.includes(wanted) || !text.endsWith("\n\n")) {
        const { value, done } = (await reader?.read()) ?? { done: true, value: undefined };
        if (done) throw new Error(`the stream ended without ${wanted}: ${text}`);
        text += decoder.decode(value, { stream: true });
      }
      const read = text;
      text = "";
      return read;
    },
    cancel: () => reader?.cancel(),
  };
}
