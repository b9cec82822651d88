import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Action, LimitKey } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { type PolicyInit, TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";
import { startRedisCluster, startRedisSentinel } from "../support/redis-topologies.ts";

let upstream: TestUpstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream?.stop());

describe.each([
  { name: "a Redis Cluster of three masters", start: startRedisCluster },
  { name: "a primary that sentinels watch", start: startRedisSentinel },
])("a whole gateway on $name", ({ start }) => {
  let gateway: TestGateway;
  let headers: Record<string, string>;
  beforeAll(async () => {
    gateway = await TestGateway.start(policy(), { proxies: 2, redis: await start() });
    headers = { authorization: `Bearer ${await gateway.createAgent("ann")}` };
  });
  afterAll(() => gateway?.stop());

  it("counts calls over all proxies, those of an agent and those of everybody in one step", async () => {
    const answers = [];
    for (let count = 0; count < 4; count += 1) {
      answers.push(await post(gateway.url(count % 2), echo, headers));
    }
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429, 429]);
    expect(answers[2]?.body).toMatchObject({ error: { data: { limit: "everybody" } } });
    // The agent's own limit did not count what the other refused.
    const [, , refused] = await gateway.outcomes(4);
    expect(refused?.decision?.limits).toMatchObject([
      { name: "own", refused: false },
      { name: "everybody", refused: true, source: "redis" },
    ]);
    const other = await post(
      gateway.url(),
      { ...echo, params: { ...echo.params, name: "leak", arguments: {} } },
      headers,
    );
    expect(other.headers.get("ratelimit")).toBe('"own";r=97');
  });

  it("holds a call, tells its proxy what was decided, and records it all", async () => {
    const call = post(gateway.url(), write, headers);
    await gateway.decide(true);

    expect((await call).body).toHaveProperty("result");
    const events = (await gateway.records()).map(({ event }) => event);
    expect(events).toEqual(
      expect.arrayContaining(["approval.opened", "call.intent", "call.outcome"]),
    );
  });
});

function call(name: string, args: object) {
  return { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: args } };
}

const echo = call("echo", { text: "x" });
const write = call("write", { path: "/a", content: "b" });

function policy(): PolicyInit {
  const window = { seconds: 60n };
  return {
    upstreams: [{ name: "fixture", url: upstream.url }],
    routes: [{ path: "/mcp", upstreams: ["fixture"] }],
    rules: [
      { name: "reads", match: { tools: ["fixture/echo", "fixture/leak"] }, action: Action.ALLOW },
      {
        name: "writes",
        match: { tools: ["fixture/write"] },
        action: Action.APPROVE,
        approval: "anyone",
      },
    ],
    approvals: [{ name: "anyone" }],
    limits: [
      { name: "own", per: [LimitKey.AGENT], requests: 100, window },
      { name: "everybody", match: { tools: ["fixture/echo"] }, requests: 2, window },
    ],
  };
}
