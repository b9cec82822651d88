import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LimitService } from "../../proto/gen/mcpgateway/v1/limit_service_pb.ts";
import { Action, LimitKey } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";

let upstream: TestUpstream;
let gateway: TestGateway;
const headers: Record<string, Record<string, string>> = {};

beforeAll(async () => {
  upstream = await startUpstream();
  const window = { seconds: 3_600n };
  gateway = await TestGateway.start({
    upstreams: [{ name: "fixture", url: upstream.url }],
    routes: [{ path: "/mcp", upstreams: ["fixture"] }],
    rules: [{ name: "all", match: { tools: ["fixture/*"] }, action: Action.ALLOW }],
    limits: [
      { name: "own", per: [LimitKey.AGENT], requests: 5, window },
      { name: "everybody", cost: 1_000, costs: [{ cost: 10 }], window, concurrent: 50 },
    ],
  });
  for (const agent of ["ann", "bob"]) {
    headers[agent] = { authorization: `Bearer ${await gateway.createAgent(agent)}` };
  }
});
afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

const echo = {
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "echo", arguments: { text: "x" } },
};

const call = (agent: string) => post(gateway.url(), echo, headers[agent]);
const list = (request = {}) => gateway.operator.call(LimitService.method.listLimits, request);
const reset = (request: object) => gateway.operator.call(LimitService.method.resetLimits, request);

describe("an operator", () => {
  it("sees what is used of each limit, the nearest to its limit first", async () => {
    expect((await list()).usages).toEqual([]);
    for (let count = 0; count < 4; count += 1) await call("ann");
    await call("bob");

    const { usages } = await list();

    expect(usages).toMatchObject([
      { limit: "own", kind: "requests", key: "agent=ann", used: 4, amount: 5 },
      { limit: "own", kind: "requests", key: "agent=bob", used: 1, amount: 5 },
      { limit: "everybody", kind: "cost", key: "", used: 50, amount: 1_000 },
    ]);
    expect(usages[0]?.window?.seconds).toBe(3_600n);
  });

  it("sees who is near a limit", async () => {
    expect((await list({ minPercent: 80 })).usages).toMatchObject([{ key: "agent=ann" }]);
    expect((await list({ limit: "everybody" })).usages).toMatchObject([{ limit: "everybody" }]);
    expect(await list({ pageSize: 1 })).toMatchObject({ usages: [{}], leftOut: 2 });
    await expect(list({ limit: "nobody" })).rejects.toThrow(/there are: own, everybody/);
  });

  it("gives one agent its quota again, which is recorded", async () => {
    await call("ann");
    expect((await call("ann")).status).toBe(429);

    expect(await reset({ limit: "own", key: "agent=ann" })).toMatchObject({ cleared: 1 });

    // The proxy remembers that there was no room, until it hears of this.
    await expect.poll(async () => (await call("ann")).status, { timeout: 5_000 }).toBe(200);
    expect((await list({ limit: "own" })).usages).toMatchObject([{ used: 1 }, { used: 1 }]);
    const acts = (await gateway.records()).filter(({ event }) => event === "limits.reset");
    expect(acts).toMatchObject([
      { operator: "admin", details: { limit: "own", key: "agent=ann", cleared: "1" } },
    ]);
  });

  it("clears everything of a limit only when it says so", async () => {
    await expect(reset({ limit: "own" })).rejects.toThrow(/nothing is counted/);
    await expect(reset({ limit: "own", key: "agent=eve" })).rejects.toThrow(/agent=eve/);
    await expect(reset({ limit: "own", key: "agent=ann", all: true })).rejects.toThrow(/not both/);

    expect(await reset({ limit: "own", all: true })).toMatchObject({ cleared: 2 });
    expect((await list({ limit: "own" })).usages).toEqual([]);
  });
});
