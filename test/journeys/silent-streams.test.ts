import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Lifecycle } from "../../core/service/lifecycle.ts";
import { Access, Action, ScanAction } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startRawUpstream } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { modernHeaders, modernMeta } from "../support/mcp.ts";

/** What is told to agents while their upstreams say nothing, so that nothing between takes the connection for dead. */
let lifecycle = new Lifecycle();
let gateway: TestGateway;

beforeEach(async () => {
  const upstream = await startRawUpstream((_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
  });
  lifecycle.use("upstream", upstream, (it) => it.stop());
  const rules = [{ name: "everything", match: {}, action: Action.ALLOW }];
  const upstreams = [{ name: "silent", url: upstream.url }];
  const routes = [{ path: "/mcp", upstreams: ["silent"], anonymous: Access.ALLOW }];
  // Otherwise the call would wait for the list of tools.
  const scanning = { profiles: [{ name: "p", arguments: { schema: ScanAction.OFF } }] };
  const started = await TestGateway.start({ upstreams, routes, rules, scanning });
  gateway = lifecycle.use("gateway", started, (it) => it.stop());
});
afterEach(async () => {
  vi.useRealTimers();
  await lifecycle.close();
  lifecycle = new Lifecycle();
});

const call = { name: "slow", arguments: {} };
const asked = [
  { what: "GET", path: "/mcp", ask: undefined },
  { what: "GET of the old transport", path: "/mcp/sse", ask: undefined },
  { what: "tools/call", path: "/mcp", ask: call },
  {
    what: "subscriptions/listen",
    path: "/mcp",
    ask: { notifications: { toolsListChanged: true } },
  },
] as const;

it.each(asked)(
  "a stream shows that it lives every 15 seconds, and must not be buffered ($what)",
  async ({ what, path, ask }) => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const response = await open(path, what, ask);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("x-accel-buffering")).toBe("no");
    const reader = response.body?.getReader();
    const read = async () => Buffer.from((await reader?.read())?.value ?? []).toString();
    if (path.endsWith("/sse")) expect(await read()).toContain("event: endpoint");

    for (let count = 0; count < 3; count += 1) {
      vi.advanceTimersByTime(15_000);
      expect(await read()).toBe(": keep-alive\n\n");
    }
  },
);

async function open(path: string, method: string, ask: object | undefined): Promise<Response> {
  const controller = new AbortController();
  lifecycle.use("stream", controller, (it) => it.abort());
  const url = new URL(path, gateway.url());
  const { signal } = controller;
  if (!ask) return await fetch(url, { headers: { accept: "text/event-stream" }, signal });
  const params = { ...ask, _meta: modernMeta() };
  const named = "name" in ask ? { "mcp-name": String(ask.name) } : {};
  return await fetch(url, {
    method: "POST",
    headers: {
      ...modernHeaders(method),
      ...named,
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    signal,
  });
}
