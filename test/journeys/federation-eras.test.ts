import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import {
  deadUrl,
  type FederatedUpstream,
  startEverything,
  startFederatedUpstream,
  startLister,
  startSilent,
} from "../support/federated-upstream.ts";
import { startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { connectClient, modernHeaders, modernMeta, post, type TestEra } from "../support/mcp.ts";

interface Stoppable {
  readonly url: string;
  stop(): Promise<void>;
}

let files: TestUpstream;
let fresh: FederatedUpstream;
let old: Stoppable;
let silent: Stoppable;
let lister: Stoppable;
let gateway: TestGateway;
let key: string;

beforeAll(async () => {
  [files, fresh, old, silent, lister] = await Promise.all([
    startUpstream(),
    startFederatedUpstream({ legacy: "reject" }),
    startEverything(),
    startSilent(),
    startLister(1_200),
  ]);
  gateway = await TestGateway.start(
    {
      upstreams: [
        { name: "files", url: files.url },
        { name: "fresh", url: fresh.url },
        { name: "old", url: old.url },
        { name: "dead", url: await deadUrl() },
        { name: "silent", url: silent.url, timeout: { seconds: 1n } },
        { name: "lister", url: lister.url },
      ],
      routes: [
        { path: "/mcp", upstreams: ["old", "fresh", "dead"] },
        { path: "/slow", upstreams: ["silent", "files"] },
        { path: "/long", upstreams: ["files", "lister"] },
        { path: "/gone", upstreams: ["dead", "silent"] },
      ],
      rules: [{ name: "all", match: {}, action: Action.ALLOW }],
    },
    { proxies: 2 },
  );
  key = await gateway.createAgent("analyst-1");
});
afterAll(async () => {
  await gateway?.stop();
  await Promise.all([files, fresh, old, silent, lister].map((upstream) => upstream?.stop()));
});

describe.each(["legacy", "modern"] as const)("an agent of the %s era", (era) => {
  it("uses upstreams of both eras at once", async () => {
    const client = await connect(era);
    const { tools } = await client.listTools();
    const names = tools.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["old__echo", "old__get-sum", "fresh__echo"]));
    const [older, newer] = await Promise.all([
      client.callTool({ name: "old__get-sum", arguments: { a: 2, b: 3 } }),
      client.callTool({ name: "fresh__echo", arguments: { text: "hello" } }),
    ]);
    expect(older.content).toMatchObject([{ text: expect.stringContaining("5") }]);
    expect(newer.content).toEqual([{ type: "text", text: "echo: hello" }]);
    await client.close();
  });

  it("reads resources and prompts of both", async () => {
    const client = await connect(era);
    const { resources } = await client.listResources();
    const uris = resources.map(({ uri }) => uri);
    const first = uris.find((uri) => uri.startsWith("old+")) ?? "";
    const { contents } = await client.readResource({ uri: first });
    expect(contents).toMatchObject([{ uri: first }]);
    const note = await client.readResource({ uri: "fresh+note://one" });
    expect(note.contents).toMatchObject([{ uri: "fresh+note://one", text: "a note" }]);
    const { messages } = await client.getPrompt({ name: "old__simple-prompt" });
    expect(messages).toHaveLength(1);
    await client.close();
  });

  it("gets progress of an upstream of the other era", async () => {
    const client = await connect(era);
    const heard = vi.fn();
    const args = { duration: 0.2, steps: 2 };
    await client.callTool(
      { name: "old__trigger-long-running-operation", arguments: args },
      { onprogress: heard },
    );
    expect(heard).toHaveBeenCalledWith(expect.objectContaining({ total: 2 }));
    await client.close();
  });

  it("learns from a list whose part is missing, and gets the others' at once", async () => {
    const client = await connect(era);
    const listed = await client.listTools();
    expect(listed._meta).toEqual({
      "mcpgateway/unavailable": [{ upstream: "dead", reason: expect.stringMatching(isAway) }],
    });
    await client.close();
  });

  it("is told why a call to an upstream that is down fails", async () => {
    const client = await connect(era);
    const call = client.callTool({ name: "dead__echo", arguments: {} });
    await expect(call).rejects.toMatchObject({
      code: 5020,
      message: expect.stringMatching(isAway),
    });
    await client.close();
  });

  it("waits for a silent upstream no longer than its timeout", async () => {
    const startedAt = Date.now();
    const client = await connect(era, "/slow");
    const listed = await client.listTools();
    expect(Date.now() - startedAt).toBeLessThan(4_000);
    expect(listed.tools.map(({ name }) => name)).toContain("files__echo");
    expect(listed._meta).toMatchObject({ "mcpgateway/unavailable": [{ upstream: "silent" }] });
    const quick = Date.now();
    await client.callTool({ name: "files__echo", arguments: { text: "x" } });
    expect(Date.now() - quick).toBeLessThan(500);
    await client.close();
  });

  it("turns the pages of a long list, each entry once and in order", async () => {
    const client = await connect(era, "/long");
    const names: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const params = cursor === undefined ? {} : { cursor };
      const page = await client.request({ method: "tools/list", params });
      names.push(...page.tools.map(({ name }) => name));
      cursor = page.nextCursor;
      pages += 1;
    } while (cursor !== undefined);
    expect(pages).toBe(3);
    expect(names.slice(4)).toEqual(Array.from({ length: 1_200 }, (_, at) => `lister__tool-${at}`));
    await client.close();
  });

  it("cannot begin anything when no upstream is there", async () => {
    await expect(connect(era, "/gone")).rejects.toThrow(era === "legacy" ? isAway : /2026-07-28/);
  });
});

describe("a legacy agent", () => {
  it("is refused a cursor that nobody gave it", async () => {
    const client = await connect("legacy", "/long");
    for (const cursor of ["x", "500", Buffer.from('["prompts/list",500]').toString("base64url")]) {
      await expect(
        client.request({ method: "tools/list", params: { cursor } }),
      ).rejects.toMatchObject({ code: -32_602, message: expect.stringContaining("cursor") });
    }
    await client.close();
  });

  it("hears of resources that it subscribed to, by the URI that it knows", async () => {
    const heard = vi.fn();
    const client = await connect("legacy");
    client.setNotificationHandler("notifications/resources/updated", ({ params }) =>
      heard(params.uri),
    );
    const uri = "old+demo://resource/dynamic/text/1";
    await client.subscribeResource({ uri });
    await client.callTool({ name: "old__toggle-subscriber-updates", arguments: {} });
    await vi.waitFor(() => expect(heard).toHaveBeenCalledWith(uri), { timeout: 8_000 });
    await client.callTool({ name: "old__toggle-subscriber-updates", arguments: {} });
    await client.close();
  });

  it("is asked by an old upstream for a sample, although others cannot ask", async () => {
    const client = new Client({ name: "s", version: "1" }, { capabilities: { sampling: {} } });
    client.setRequestHandler("sampling/createMessage", () => ({
      model: "none",
      role: "assistant",
      content: { type: "text", text: "sampled" },
    }));
    await client.connect(transportTo("/mcp"));
    await vi.waitFor(async () => {
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).toContain("old__trigger-sampling-request");
    });
    const args = { prompt: "x", maxTokens: 5 };
    const result = await client.callTool({
      name: "old__trigger-sampling-request",
      arguments: args,
    });
    expect(JSON.stringify(result.content)).toContain("sampled");
    await client.close();
  });

  it("keeps its session when an upstream has forgotten its own", async () => {
    const client = await connect("legacy");
    await client.listTools();
    // What a server does that was restarted: it knows none of the sessions that were there before.
    const { url } = old;
    await old.stop();
    const down = await client.listTools();
    expect(down._meta).toMatchObject({
      "mcpgateway/unavailable": [{ upstream: "old" }, { upstream: "dead" }],
    });
    old = await startEverything(Number(new URL(url).port));
    await vi.waitFor(
      async () => {
        const result = await client.callTool({ name: "old__echo", arguments: { message: "hi" } });
        expect(result.content).toEqual([{ type: "text", text: "Echo: hi" }]);
      },
      { timeout: 10_000, interval: 500 },
    );
    await client.close();
  });
});

describe("a modern agent", () => {
  it("sees nothing of the sessions that the gateway keeps for it", async () => {
    const list = {
      jsonrpc: "2.0",
      id: 1,
      method: "tools/list",
      params: {
        _meta: {
          "io.modelcontextprotocol/protocolVersion": "2026-07-28",
          "io.modelcontextprotocol/clientCapabilities": {},
        },
      },
    };
    const answer = await post(gateway.url(), list, {
      authorization: `Bearer ${key}`,
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/list",
    });
    expect(answer.headers.get("mcp-session-id")).toBeNull();
    expect(answer.body).toMatchObject({
      result: { resultType: "complete", ttlMs: 0, cacheScope: "private" },
    });
  });

  it("hears in subscriptions what an old upstream announces, each apart from the other", async () => {
    const first = await listen(["old+demo://resource/dynamic/text/1"]);
    const second = await listen(["old+demo://resource/dynamic/text/2"]);
    expect(first.text()).toContain(
      '"resourceSubscriptions":["old+demo://resource/dynamic/text/1"]',
    );
    expect(first.text()).toContain('"toolsListChanged":true');
    expect(second.text()).toContain(
      '"resourceSubscriptions":["old+demo://resource/dynamic/text/2"]',
    );
    const client = await connect("modern");

    await client.callTool({ name: "old__toggle-subscriber-updates", arguments: {} });

    await vi.waitFor(() => expect(first.text()).toContain("notifications/resources/updated"), {
      timeout: 15_000,
    });
    expect(first.text()).toContain('"uri":"old+demo://resource/dynamic/text/1"');
    expect(first.text()).toContain('"io.modelcontextprotocol/subscriptionId":"listen-1"');
    expect(second.text()).not.toContain("text/1");
    await client.callTool({ name: "old__toggle-subscriber-updates", arguments: {} });
    first.close();
    second.close();
    await client.close();
  });

  it("may have the same id under way in several calls to an old upstream", async () => {
    const clients = await Promise.all(Array.from({ length: 4 }, () => connect("modern")));
    const durations = [0.8, 0.6, 0.4, 0.2];
    const results = await Promise.all(
      clients.map((client, at) =>
        client.callTool({
          name: "old__trigger-long-running-operation",
          arguments: { duration: durations[at], steps: 1 },
        }),
      ),
    );
    expect(results.map(({ content }) => content)).toMatchObject(
      durations.map((duration) => [{ text: expect.stringContaining(`${duration} seconds`) }]),
    );
    await Promise.all(clients.map((client) => client.close()));
  });
});

/** A breaker soon answers for an upstream that is down. */
const isAway = /upstream dead (cannot be reached|has been failing)/;

function connect(era: TestEra, path = "/mcp"): Promise<Client> {
  return connectClient(gateway.url(0, path), key, era);
}

function transportTo(path: string) {
  return new StreamableHTTPClientTransport(gateway.url(0, path), {
    requestInit: { headers: { authorization: `Bearer ${key}` } },
  });
}

/** A subscription of the modern era, once it was acknowledged. */
async function listen(uris: readonly string[]) {
  const leaving = new AbortController();
  const notifications = { resourceSubscriptions: uris, toolsListChanged: true };
  const response = await fetch(gateway.url(), {
    method: "POST",
    headers: {
      ...modernHeaders("subscriptions/listen"),
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      authorization: `Bearer ${key}`,
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: "listen-1",
      method: "subscriptions/listen",
      params: { _meta: modernMeta(), notifications },
    }),
    signal: leaving.signal,
  });
  let text = "";
  void (async () => {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString("utf8");
  })().catch(() => {});
  await vi.waitFor(() => expect(text).toContain("acknowledged"), { timeout: 8_000 });
  return { text: () => text, close: () => leaving.abort() };
}
