import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { connectClient, modernHeaders, modernMeta, post } from "../support/mcp.ts";
import { type ModernUpstream, startModernUpstream } from "../support/modern-upstream.ts";
import { type Balancer, startRoundRobin } from "../support/round-robin.ts";

const names = ["日本語ツール", "lösche alles 🗑️", "a.b", "a/b", "e\u0301", "é", "ABC", "abc"];
const long = "ü".repeat(32 * 1024);

let odd: ModernUpstream;
let endless: ModernUpstream;
let circling: ModernUpstream;
let dawdling: ModernUpstream;
let doubled: ModernUpstream;
let files: TestUpstream;
let gateway: TestGateway;
let balancer: Balancer;
let key: string;

beforeAll(async () => {
  odd = await startModernUpstream(answerOdd);
  endless = await startModernUpstream(({ method, before }) =>
    listed(method, [`tool-${before}`], `${before + 1}`),
  );
  circling = await startModernUpstream(({ method }) => listed(method, ["round"], "again"));
  dawdling = await startModernUpstream(async ({ method, before }) => {
    await new Promise((resolve) => setTimeout(resolve, 400));
    return listed(method, [`slow-${before}`], `${before + 1}`);
  });
  doubled = await startModernUpstream(({ method }) => listed(method, ["twice", "twice", "once"]));
  files = await startUpstream();
  gateway = await TestGateway.start(
    {
      upstreams: [
        { name: "odd", url: odd.url },
        { name: "endless", url: endless.url },
        { name: "circling", url: circling.url },
        { name: "dawdling", url: dawdling.url, timeout: { seconds: 1n } },
        { name: "doubled", url: doubled.url },
        { name: "files", url: files.url },
      ],
      routes: [
        { path: "/mcp", upstreams: ["odd"] },
        { path: "/merged", upstreams: ["files", "odd"] },
        { path: "/endless", upstreams: ["files", "endless"] },
        { path: "/circling", upstreams: ["files", "circling"] },
        { path: "/dawdling", upstreams: ["files", "dawdling"] },
        { path: "/doubled", upstreams: ["files", "doubled"] },
      ],
      rules: [{ name: "all", match: {}, action: Action.ALLOW }],
    },
    { proxies: 2 },
  );
  key = await gateway.createAgent("analyst-1");
  balancer = await startRoundRobin(gateway.proxies.map(({ port }) => port));
});
afterAll(async () => {
  await balancer?.stop();
  await gateway?.stop();
  const upstreams = [odd, endless, circling, dawdling, doubled, files];
  await Promise.all(upstreams.map((upstream) => upstream?.stop()));
});

describe.each([
  { path: "/mcp", era: "modern" },
  { path: "/merged", era: "modern" },
  { path: "/merged", era: "legacy" },
] as const)("names in any script, at $path by a $era client", ({ path, era }) => {
  it("are listed with descriptions of 64 KB, and each leads to its own tool, prompt and resource", async () => {
    const client = await connectClient(new URL(path, balancer.url), key, era);

    const { tools } = await client.listTools();
    const own = tools.filter(({ description }) => description?.startsWith("odd "));
    expect(own.map(({ description }) => description)).toEqual(
      names.map((name) => `odd ${name}${long}`),
    );
    expect(new Set(own.map(({ name }) => name)).size).toBe(names.length);
    if (path === "/merged") {
      for (const { name } of own) expect(name).toMatch(/^odd__[a-zA-Z0-9_-]{1,59}$/);
    }
    for (const [index, { name }] of own.entries()) {
      const result = await client.callTool({ name, arguments: {} });
      expect(result.content).toEqual([{ type: "text", text: `ran ${names[index]}` }]);
    }

    const prompts = (await client.listPrompts()).prompts.filter(
      ({ description }) => description === "odd",
    );
    for (const [index, { name }] of prompts.entries()) {
      const { description } = await client.getPrompt({ name });
      expect(description).toBe(`prompt ${names[index]}`);
    }
    expect(prompts).toHaveLength(names.length);

    const resources = (await client.listResources()).resources.filter(({ name }) => name === "odd");
    for (const [index, { uri }] of resources.entries()) {
      const { contents } = await client.readResource({ uri });
      expect(contents).toEqual([{ uri, text: `text ${names[index]}` }]);
    }
    expect(resources).toHaveLength(names.length);
    await client.close();
  });
});

describe("a merged list", () => {
  it.each([
    { path: "/endless", upstream: "endless", kept: 100 },
    { path: "/circling", upstream: "circling", kept: 1 },
  ])("ends although an upstream's never does, and says so ($path)", async (given) => {
    const { tools, _meta } = await list(given.path);

    expect(_meta).toMatchObject({
      "mcpgateway/unavailable": [
        { upstream: given.upstream, reason: expect.stringContaining("100 pages") },
      ],
    });
    const own = tools.filter(({ name }) => name.startsWith(given.upstream));
    expect(own).toHaveLength(given.kept);
    expect(tools.some(({ name }) => name === "files__echo")).toBe(true);
  });

  it("waits no longer for an upstream with many slow pages than for one slow answer", async () => {
    const { tools, _meta } = await list("/dawdling");

    expect(_meta?.["mcpgateway/unavailable"]).toMatchObject([{ upstream: "dawdling" }]);
    const own = tools.filter(({ name }) => name.startsWith("dawdling"));
    expect(own.length).toBeGreaterThan(0);
    expect(own.length).toBeLessThan(3);
    expect(tools.some(({ name }) => name === "files__echo")).toBe(true);
  });

  it("shows a name once that its upstream lists twice", async () => {
    const { tools } = await list("/doubled");
    const own = tools.map(({ name }) => name).filter((name) => name.startsWith("doubled"));

    expect(own).toEqual(["doubled__twice", "doubled__once"]);
  });
});

it.each([
  { upstreams: ["one", "ONE"], why: /case|more than once/ },
  { upstreams: ["one", "one"], why: /more than once/ },
  { upstreams: ["one", "two__three"], why: /cannot stand before/ },
])("a policy whose names could collide is refused at push: $upstreams", async (given) => {
  const upstreams = [...new Set(given.upstreams)].map((name) => ({ name, url: files.url }));
  const pushed = gateway.push({
    upstreams,
    routes: [{ path: "/mcp", upstreams: given.upstreams }],
    rules: [{ name: "all", match: {}, action: Action.ALLOW }],
  });

  await expect(pushed).rejects.toThrow(given.why);
});

function answerOdd({
  method,
  params,
}: {
  method: string;
  params: Readonly<Record<string, unknown>>;
}) {
  const fresh = { ttlMs: 0, cacheScope: "private" };
  const uriOf = (name: string) => `odd://${encodeURIComponent(name)}`;
  switch (method) {
    case "tools/list": {
      const describe = (name: string) => `odd ${name}${long}`;
      const inputSchema = { type: "object" };
      return {
        tools: names.map((name) => ({ name, description: describe(name), inputSchema })),
        ...fresh,
      };
    }
    case "tools/call":
      return { content: [{ type: "text", text: `ran ${params["name"]}` }] };
    case "prompts/list":
      return { prompts: names.map((name) => ({ name, description: "odd" })), ...fresh };
    case "prompts/get":
      return { description: `prompt ${params["name"]}`, messages: [] };
    case "resources/list":
      return { resources: names.map((name) => ({ name: "odd", uri: uriOf(name) })), ...fresh };
    case "resources/read": {
      const name = names.find((one) => uriOf(one) === params["uri"]);
      return { contents: [{ uri: params["uri"], text: `text ${name}` }], ...fresh };
    }
    default:
      return undefined;
  }
}

function listed(method: string, tools: readonly string[], nextCursor?: string) {
  if (method !== "tools/list") return undefined;
  return {
    tools: tools.map((name) => ({ name, inputSchema: { type: "object" } })),
    ...(nextCursor !== undefined && { nextCursor }),
    ttlMs: 0,
    cacheScope: "private",
  };
}

async function list(path: string) {
  const message = {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/list",
    params: { _meta: modernMeta() },
  };
  const headers = { ...modernHeaders("tools/list"), authorization: `Bearer ${key}` };
  const { body } = await post(gateway.url(0, path), message, headers);
  return (body as { result: { tools: { name: string }[]; _meta?: Record<string, unknown> } })
    .result;
}
