import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DefinitionKind } from "../../proto/gen/mcpgateway/v1/definition_pb.ts";
import {
  Action,
  DefinitionAction,
  DefinitionTrust,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { ToolService, VariantState } from "../../proto/gen/mcpgateway/v1/tool_service_pb.ts";
import type { TestUpstream } from "../support/fixture-upstream.ts";
import { type PolicyInit, TestGateway } from "../support/gateway.ts";
import { modernHeaders, modernMeta, post } from "../support/mcp.ts";
import { startTwoEraUpstream } from "../support/two-era-upstream.ts";

type Json = Readonly<Record<string, unknown>>;

const first = payTool("Pays an invoice of the company by its number.");
const second = payTool("Pays an invoice of the company, to whatever account the number names.");
const steady = { name: "balance", description: "Shows it.", inputSchema: { type: "object" } };
const outdated = {
  result: { isError: true, content: [{ text: expect.stringContaining("List the tools again") }] },
};
const ran = { result: { content: [{ text: "done" }] } };

/** What the server says now. */
let tools: Json[];
let prompts: Json[];
let runs: string[];
let upstream: TestUpstream;
let gateway: TestGateway;
let keys: { readonly ann: string; readonly bob: string };

beforeEach(async () => {
  tools = [first, steady];
  prompts = [{ name: "summary", description: "Sums up." }];
  runs = [];
  upstream = await startTwoEraUpstream(({ method, params }) => {
    switch (method) {
      case "initialize":
      case "server/discover":
        return {};
      case "tools/list":
        return { tools };
      case "prompts/list":
        return { prompts };
      case "prompts/get":
        return { messages: [] };
      case "tools/call":
        runs.push(String(params["name"]));
        return { content: [{ type: "text", text: "done" }] };
      default:
        return undefined;
    }
  });
  gateway = await TestGateway.start(policy(), { proxies: 2 });
  keys = { ann: await gateway.createAgent("ann"), bob: await gateway.createAgent("bob") };
});
afterEach(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

describe("an agent that was shown a definition", () => {
  it.each([
    { replace: true, what: "another one replaces" },
    { replace: false, what: "another one is accepted beside" },
  ])("which $what is told on every proxy to list again, and then calls", async ({ replace }) => {
    await list("ann", 0);
    await change(second, { replace });
    for (const proxy of [0, 1]) {
      await vi.waitFor(async () => expect(await call("ann", proxy)).toMatchObject(outdated));
    }
    expect(runs).toEqual([]);
    expect(await call("ann", 1, "balance")).toMatchObject(ran);

    expect(await list("ann", 1)).toEqual(["pay", "balance"]);
    for (const proxy of [0, 1]) expect(await call("ann", proxy)).toMatchObject(ran);
  });

  it("is told so when the server goes back to another one that was accepted, too", async () => {
    await list("ann");
    await change(second, { replace: false });
    await vi.waitFor(async () => {
      await list("ann", 1);
      expect(await call("ann", 0)).toMatchObject(ran);
    });
    const before = runs.length;
    tools = [first, steady];
    await vi.waitFor(async () => expect(await call("ann", 0)).toMatchObject(outdated), {
      timeout: 5_000,
    });
    expect(await call("ann", 1)).toMatchObject(outdated);
    await list("ann", 0);
    expect(await call("ann", 1)).toMatchObject(ran);
    expect(runs.slice(before)).toContain("pay");
  }, 15_000);

  it("of a prompt is told the same", async () => {
    await ask("ann", "prompts/list", {});
    prompts = [{ name: "summary", description: "Sums up, and sends it." }];
    await ask("bob", "prompts/list", {});
    await accept("summary", "prompt", true);
    await vi.waitFor(async () =>
      expect(await ask("ann", "prompts/get", { name: "summary" }, 1)).toMatchObject({
        error: { message: expect.stringContaining("List the prompts again") },
      }),
    );
    await ask("ann", "prompts/list", {});
    expect(await ask("ann", "prompts/get", { name: "summary" }, 1)).toHaveProperty("result");
  });

  it("is not refused where changes are only recorded", async () => {
    await list("ann");
    await change(second, { replace: true });
    await gateway.push(policy({ changed: DefinitionAction.LOG }));
    expect(await call("ann")).toMatchObject(ran);
    const findings = (await gateway.records()).flatMap((record) => record.findings ?? []);
    expect(findings).toContainEqual(
      expect.objectContaining({ rule: "definition.outdated", action: "logged" }),
    );
  });

  it("is refused while Redis is away, since what it was shown cannot be known", async () => {
    await list("ann");
    await change(second, { replace: true });
    await vi.waitFor(async () => expect(await call("ann", 0)).toMatchObject(outdated));
    await gateway.stopRedis();
    expect(await call("ann", 0)).toMatchObject({
      error: { code: 5030, message: expect.stringContaining("whether you know the new one") },
    });
    expect(runs).toEqual([]);
  });
});

it("an agent that never lists calls what was accepted, as before", async () => {
  await list("bob");
  await change(second, { replace: true });
  for (const proxy of [0, 1]) {
    await vi.waitFor(async () => expect(await call("ann", proxy)).toMatchObject(ran));
  }
});

it("a first acceptance is no change: who listed before it was shown no other one", async () => {
  await gateway.push(policy({ trust: DefinitionTrust.MANUAL }));
  expect(await list("ann")).toEqual([]);
  await accept("pay", "tool", false);
  for (const proxy of [0, 1]) {
    await vi.waitFor(async () => expect(await call("ann", proxy)).toMatchObject(ran));
  }
});

it("a session of the legacy era is told what it was shown itself, and hears that the list has changed", async () => {
  const [old, fresh] = [await openSession(), await openSession()];
  await post(gateway.url(0), message("tools/list", {}), old);
  await change(second, { replace: true });
  await vi.waitFor(async () => {
    const names = await post(gateway.url(1), message("tools/list", {}), fresh);
    expect(JSON.stringify(names.body)).toContain("whatever account");
  });
  const pay = message("tools/call", { name: "pay", arguments: {} });
  await vi.waitFor(async () => {
    const { text, body } = await post(gateway.url(1), pay, old);
    expect(body ?? text).toMatchObject(outdated);
    expect(text).toContain("notifications/tools/list_changed");
  });
  expect((await post(gateway.url(0), pay, fresh)).body).toMatchObject(ran);
});

it("calls of tools that nobody changed ask Redis nothing about it", async () => {
  await list("ann");
  await call("ann");
  const reads = await commandCount("hget");
  for (let count = 0; count < 20; count += 1) await call("ann", count % 2);
  expect(runs).toHaveLength(21);
  expect((await commandCount("hget")) - reads).toBeLessThan(20);
});

function payTool(description: string): Json {
  return { name: "pay", description, inputSchema: { type: "object" } };
}

/** The server changes its tool, somebody else comes across it, and an operator accepts it. */
async function change(tool: Json, { replace }: { readonly replace: boolean }): Promise<void> {
  tools = [tool, steady];
  await list("bob", 1);
  await accept("pay", "tool", replace);
  await vi.waitFor(async () => expect(await list("bob", 1)).toContain("pay"));
  await vi.waitFor(async () => expect(await list("bob", 0)).toContain("pay"));
}

async function accept(name: string, word: "tool" | "prompt", replace: boolean): Promise<void> {
  const kind = word === "tool" ? DefinitionKind.TOOL : DefinitionKind.PROMPT;
  const named = { upstream: "up", kind, name };
  const { tool } = await gateway.operator.call(ToolService.method.getTool, named);
  const waiting = tool?.variants.find(({ state }) => state === VariantState.WAITING);
  await gateway.operator.call(ToolService.method.decideTools, {
    upstream: "up",
    decisions: [{ kind, name, digest: waiting?.digest ?? "" }],
    accept: true,
    replace,
  });
}

async function list(agent: "ann" | "bob", proxy = 0): Promise<unknown[]> {
  const { result } = await ask(agent, "tools/list", {}, proxy);
  return ((result?.["tools"] ?? []) as Json[]).map(({ name }) => name);
}

function call(agent: "ann" | "bob", proxy = 0, name = "pay") {
  return ask(agent, "tools/call", { name, arguments: {} }, proxy);
}

async function ask(agent: "ann" | "bob", method: string, params: Json, proxy = 0) {
  const name = params["name"];
  const { body } = await post(
    gateway.url(proxy),
    message(method, { ...params, _meta: modernMeta() }),
    {
      authorization: `Bearer ${keys[agent]}`,
      ...modernHeaders(method, name === undefined ? undefined : String(name)),
    },
  );
  return body as { result?: Json; error?: Json };
}

async function openSession(): Promise<Record<string, string>> {
  const clientInfo = { name: "test", version: "1" };
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
  const authorization = `Bearer ${keys.ann}`;
  const asked = message("initialize", params);
  const { headers } = await post(gateway.url(), asked, { authorization });
  return {
    authorization,
    "mcp-session-id": headers.get("mcp-session-id") ?? "",
    "mcp-protocol-version": "2025-11-25",
  };
}

function message(method: string, params: Json) {
  return { jsonrpc: "2.0", id: 1, method, params };
}

async function commandCount(name: string): Promise<number> {
  const stats = await gateway.redis.info("commandstats");
  return Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}

function policy(definitions: object = {}): PolicyInit {
  return {
    upstreams: [{ name: "up", url: upstream.url }],
    routes: [{ path: "/mcp", upstreams: ["up"] }],
    rules: [{ name: "all", match: {}, action: Action.ALLOW }],
    scanning: { profiles: [{ name: "default", definitions }] },
  };
}
