import { afterEach, expect, it, vi } from "vitest";
import { Lifecycle } from "../../core/service/lifecycle.ts";
import { Action, ScanAction } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startRawUpstream } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";

let lifecycle = new Lifecycle();
afterEach(async () => {
  await lifecycle.close();
  lifecycle = new Lifecycle();
});

it("records how a call ended whose agent has left, when its proxy stops before its upstream answers", async () => {
  let asked = 0;
  const upstream = await startRawUpstream(() => {
    asked += 1;
  });
  lifecycle.use("upstream", upstream, (it) => it.stop());
  const gateway = await TestGateway.start({
    upstreams: [{ name: "slow", url: upstream.url }],
    routes: [{ path: "/mcp", upstreams: ["slow"] }],
    rules: [{ name: "all", match: {}, action: Action.ALLOW }],
    scanning: { profiles: [{ name: "p", arguments: { schema: ScanAction.OFF } }] },
  });
  lifecycle.use("gateway", gateway, (it) => it.stop());
  const controller = new AbortController();
  const call = fetch(gateway.url(), {
    method: "POST",
    headers: {
      authorization: `Bearer ${await gateway.createAgent("agent-1")}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "x" } }),
    signal: controller.signal,
  });
  call.catch(() => {});
  await vi.waitFor(() => expect(asked).toBe(1));
  controller.abort();

  await gateway.proxies[0]?.close();

  const events = (await gateway.records()).map(({ event, outcome }) => `${event} ${outcome ?? ""}`);
  expect(events.filter((event) => event.startsWith("call."))).toEqual([
    "call.intent ",
    "call.outcome upstream-failed",
  ]);
});
