import { afterAll, beforeAll, expect, it } from "vitest";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { connectClient, post } from "../support/mcp.ts";
import { type Balancer, startRoundRobin } from "../support/round-robin.ts";

let upstream: TestUpstream;
let gateway: TestGateway;
let balancer: Balancer;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await TestGateway.start(
    {
      upstreams: [{ name: "fixture", url: upstream.url }],
      routes: [{ path: "/mcp", upstreams: ["fixture"] }],
      rules: [
        { name: "reads", match: { tools: ["fixture/echo"] }, action: Action.ALLOW },
        {
          name: "writes",
          match: { tools: ["fixture/write"] },
          action: Action.APPROVE,
          approval: "anyone",
        },
      ],
      approvals: [{ name: "anyone", holdFor: { seconds: 1n } }],
      limits: [
        {
          name: "ten",
          match: { tools: ["fixture/echo"] },
          per: [1],
          requests: 10,
          window: { seconds: 3600n },
        },
      ],
    },
    { proxies: 2 },
  );
  balancer = await startRoundRobin(gateway.proxies.map(({ port }) => port));
});
afterAll(async () => {
  await balancer?.stop();
  await gateway?.stop();
  await upstream?.stop();
});

it("share limits: together they admit what one would", async () => {
  const headers = { authorization: `Bearer ${await gateway.createAgent("counter")}` };
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, id) =>
      post(balancer.url, call("echo", { text: "x" }, id), headers),
    ),
  );
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(20);
  expect(balancer.connectionsTo.every((count) => count > 0)).toBe(true);
});

it("share approvals: a call held by one is repeated at the other and runs once", async () => {
  const headers = { authorization: `Bearer ${await gateway.createAgent("writer")}` };
  const write = call("write", { path: "/a", content: "b" }, 1);

  const first = await post(gateway.url(0), write, headers);
  expect(first.body).toMatchObject({
    result: { isError: true, content: [{ text: expect.stringContaining("waits for approval") }] },
  });
  const id = await gateway.decide(true);
  expect(first.text).toContain(id);
  const again = await post(gateway.url(1), write, headers);

  expect(again.body).toMatchObject({ result: { content: [{ text: "wrote /a" }] } });
  expect(upstream.runs.get("write")).toBe(1);
});

it.each(["legacy", "modern"] as const)("serve one %s client through the balancer", async (era) => {
  const key = await gateway.createAgent(`client-${era}`);
  const client = await connectClient(balancer.url, key, era);
  for (let count = 0; count < 6; count += 1) {
    const { content } = await client.callTool({ name: "echo", arguments: { text: String(count) } });
    expect(content).toEqual([{ type: "text", text: `echo: ${count}` }]);
  }
  await client.close();
});

function call(name: string, args: object, id: number) {
  return { jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: args } };
}
