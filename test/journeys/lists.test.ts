import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Action, DefinitionAction } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { TestGateway } from "../support/gateway.ts";
import { connectClient, modernHeaders, modernMeta, post } from "../support/mcp.ts";
import { type ModernUpstream, startModernUpstream } from "../support/modern-upstream.ts";

const minute = 60_000;
let caching: { ttlMs: number; cacheScope: string };
let upstream: ModernUpstream;
let gateway: TestGateway;
const keys = new Map<string, string>();

beforeAll(async () => {
  upstream = await startModernUpstream(({ method, before, params }) =>
    method === "tools/list"
      ? {
          tools: ["open", "secret"].map((name) => ({
            name,
            description: `edition ${before}${params["cursor"] ?? ""}`,
            inputSchema: { type: "object" },
          })),
          ...caching,
        }
      : undefined,
  );
  gateway = await TestGateway.start(
    {
      upstreams: [
        { name: "up", url: upstream.url },
        { name: "too", url: upstream.url },
      ],
      routes: [
        { path: "/mcp", upstreams: ["up"] },
        { path: "/merged", upstreams: ["up", "too"] },
      ],
      // Its definitions differ each time: that shows which list is shown.
      scanning: {
        profiles: [
          {
            name: "open",
            definitions: { changed: DefinitionAction.OFF, unseen: DefinitionAction.OFF },
          },
        ],
      },
      rules: [
        { name: "all", match: {}, action: Action.ALLOW },
        {
          name: "secret",
          match: { agents: ["plain-*"], tools: ["*/secret"] },
          action: Action.DENY,
        },
        {
          name: "hidden",
          match: { agents: ["plain-*"], resources: ["*/hidden:**"] },
          action: Action.DENY,
        },
      ],
    },
    { proxies: 2 },
  );
  for (const agent of ["chief-1", "chief-2", "plain-1"]) {
    keys.set(agent, await gateway.createAgent(agent));
  }
});
afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});
beforeEach(() => {
  caching = { ttlMs: minute, cacheScope: "private" };
});

describe.each(["/mcp", "/merged"])("a list of the modern era at %s", (path) => {
  /** A cursor of its own keeps each test's lists apart where the upstream takes the cursor. */
  let marker = "";
  beforeEach(() => {
    marker = `${Math.random()}`;
  });

  it("that is private stays with the agent that it was made for", async () => {
    const first = await list("chief-1");
    const other = await list("chief-2");

    expect(other.editions).not.toEqual(first.editions);
    expect((await list("chief-1")).editions).toEqual(first.editions);
    expect((await list("chief-2")).editions).toEqual(other.editions);
    expect(other.cacheScope).toBe("private");
  });

  it("that is public is shared, and what the policy leaves of it is not", async () => {
    caching = { ttlMs: minute, cacheScope: "public" };

    const whole = await list("chief-1");
    const part = await list("plain-1");

    expect(part.editions[0]).toBe(whole.editions[0]);
    expect(whole).toMatchObject({ cacheScope: "public" });
    expect(whole.names.some((name) => name.endsWith("secret"))).toBe(true);
    expect(part).toMatchObject({ cacheScope: "private" });
    expect(part.names.some((name) => name.endsWith("secret"))).toBe(false);
  });

  it("says how long it is still fresh, and has the id of each request", async () => {
    const first = await list("chief-1");
    await vi.waitFor(async () => {
      const again = await list("chief-1");
      expect(again.ttlMs).toBeLessThan(first.ttlMs);
      expect(again.editions).toEqual(first.editions);
    });
  });

  it.each([
    { why: "is not said to stay fresh", given: { ttlMs: 0, cacheScope: "public" } },
    { why: "is not fresh any more", given: { ttlMs: 1, cacheScope: "public" } },
  ])("that $why is asked for again", async ({ given }) => {
    caching = given;
    const first = await list("chief-1");
    await vi.waitFor(async () => {
      expect((await list("chief-1")).editions).not.toEqual(first.editions);
    });
  });

  it("is asked for again by every proxy once its upstream announced a change", async () => {
    const before = [await list("chief-1", 0), await list("chief-1", 1)];
    const heard = await subscribe("chief-1", 0);

    upstream.announce("notifications/tools/list_changed");
    await vi.waitFor(() => expect(heard.text()).toContain("notifications/tools/list_changed"));

    for (const proxy of [0, 1]) {
      expect((await list("chief-1", proxy)).editions).not.toEqual(before[proxy]?.editions);
    }
    heard.close();
  });

  it("is for the same client only when an upstream may tell clients apart", async () => {
    const first = await list("chief-1");
    const other = await list("chief-1", 0, { "x-tenant": "2" });

    expect(other.editions).not.toEqual(first.editions);
  });

  it("is recorded each time", async () => {
    const before = await countRecords();
    await list("chief-1");
    await list("chief-1");
    const upstreams = path === "/mcp" ? 1 : 2;
    // A merged list is recorded as a whole as well.
    await vi.waitFor(async () => {
      expect((await countRecords()) - before).toBeGreaterThanOrEqual(2 * upstreams);
    });
  });

  async function list(agent: string, proxy = 0, headers: Record<string, string> = {}) {
    const id = randomUUID();
    const answer = await post(
      gateway.url(proxy, path),
      {
        jsonrpc: "2.0",
        id,
        method: "tools/list",
        params: { _meta: { ...modernMeta(), "example.com/test": marker } },
      },
      { ...modernHeaders("tools/list"), authorization: `Bearer ${keys.get(agent)}`, ...headers },
    );
    const body = answer.body as {
      id: string;
      result: {
        tools: { name: string; description: string }[];
        ttlMs: number;
        cacheScope: string;
      };
    };
    expect(body).toMatchObject({ id, result: { tools: expect.any(Array) } });
    const { tools, ttlMs, cacheScope } = body.result;
    return {
      names: tools.map(({ name }) => name),
      editions: tools.map(({ description }) => description),
      ttlMs,
      cacheScope,
    };
  }

  it("is not the way to hear of resources that the agent may not read", async () => {
    const uris = (upstream: string) =>
      ["note://a", "hidden://b"].map((uri) => (path === "/mcp" ? uri : `${upstream}+${uri}`));

    const heard = await subscribe("plain-1", 0, { resourceSubscriptions: uris("up") });

    expect(heard.text()).toContain("note://a");
    expect(heard.text()).not.toContain("hidden://b");
    heard.close();
  });

  async function subscribe(
    agent: string,
    proxy: number,
    notifications: object = { toolsListChanged: true },
  ) {
    const leaving = new AbortController();
    const response = await fetch(gateway.url(proxy, path), {
      method: "POST",
      headers: {
        ...modernHeaders("subscriptions/listen"),
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        authorization: `Bearer ${keys.get(agent)}`,
      },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "subscriptions/listen",
        params: { _meta: modernMeta(), notifications },
      }),
      signal: leaving.signal,
    });
    let text = "";
    void (async () => {
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString("utf8");
    })().catch(() => {});
    await vi.waitFor(() => expect(text).toContain("acknowledged"), { timeout: 5_000 });
    return { text: () => text, close: () => leaving.abort() };
  }

  async function countRecords(): Promise<number> {
    return (await gateway.records()).filter(({ method }) => method === "tools/list").length;
  }
});

it("is read by the official client as the policy leaves it", async () => {
  const client = await connectClient(gateway.url(), keys.get("plain-1") ?? "", "modern");

  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["open"]);

  await client.close();
});
