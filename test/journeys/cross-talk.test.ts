import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Action, ScanAction } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startRawUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";

/** `npm run test:crosstalk` asks for 100,000 calls. */
const callsInAll = Number(process.env["MCPGW_CROSSTALK_CALLS"] ?? 2_000);
const oddIds = [0, -1, 1.5, "", "1", 1, "é", "a".repeat(300), "null", 9_007_199_254_740_991];

let upstream: TestUpstream;
let gateway: TestGateway;
let agents: Record<string, string>[];

beforeAll(async () => {
  upstream = await startRawUpstream(echoInAnyOrder);
  gateway = await TestGateway.start(
    {
      upstreams: [
        { name: "echo", url: upstream.url, maxConcurrent: 1_000 },
        { name: "again", url: upstream.url, maxConcurrent: 1_000 },
      ],
      routes: [
        { path: "/mcp", upstreams: ["echo"] },
        { path: "/merged", upstreams: ["echo", "again"] },
      ],
      rules: [{ name: "all", match: {}, action: Action.ALLOW }],
      scanning: { profiles: [{ name: "p", arguments: { schema: ScanAction.OFF } }] },
    },
    { proxies: 2 },
  );
  agents = [
    { authorization: `Bearer ${await gateway.createAgent("agent-1")}` },
    { authorization: `Bearer ${await gateway.createAgent("agent-2")}` },
  ];
});
afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

it.each([
  { route: "/mcp", tools: ["echo"] },
  { route: "/merged", tools: ["echo__echo", "again__echo"] },
])(
  "never gives a caller another's answer, however odd and equal the ids are ($route)",
  async ({ route, tools }) => {
    let calls = 0;
    let wrong = 0;
    while (calls < callsInAll) {
      const round = oddIds.flatMap((id, index) =>
        agents.map((agent, who) => {
          const tool = tools[(index + who) % tools.length] ?? "";
          return callOnce({ id, agent, route, tool, text: `${calls}/${index}/${who}` });
        }),
      );
      calls += round.length;
      wrong += (await Promise.all(round)).filter((isRight) => !isRight).length;
    }
    expect(wrong).toBe(0);
  },
  60_000 + 10 * callsInAll,
);

async function callOnce(call: {
  id: string | number;
  agent: Record<string, string>;
  route: string;
  tool: string;
  text: string;
}): Promise<boolean> {
  const params = { name: call.tool, arguments: { text: call.text } };
  const body = { jsonrpc: "2.0", id: call.id, method: "tools/call", params };
  const answer = await post(gateway.url(call.text.length % 2, call.route), body, call.agent);
  const { id, result } = answer.body as { id: unknown; result?: { content: { text: string }[] } };
  return id === call.id && result?.content[0]?.text === call.text;
}

/** Answers after a while that has nothing to do with when it was asked. */
function echoInAnyOrder(
  ...[request, response]: Parameters<Parameters<typeof startRawUpstream>[0]>
) {
  let text = "";
  request.on("data", (chunk) => {
    text += chunk;
  });
  request.on("end", () => {
    const { id, method, params } = JSON.parse(text);
    if (method !== "tools/call") {
      greet(response, id);
      return;
    }
    const content = [{ type: "text", text: params.arguments.text }];
    const answer = JSON.stringify({ jsonrpc: "2.0", id, result: { content } });
    const send = () => response.setHeader("content-type", "application/json").end(answer);
    setTimeout(send, Math.random() * 10);
  });
}

/** A route with several upstreams begins a session with each; this server has none to give. */
function greet(response: ServerResponse, id: unknown): void {
  if (id === undefined) {
    response.writeHead(202).end();
    return;
  }
  const serverInfo = { name: "echo", version: "1" };
  const result = { protocolVersion: "2025-06-18", capabilities: { tools: {} }, serverInfo };
  response
    .setHeader("content-type", "application/json")
    .end(JSON.stringify({ jsonrpc: "2.0", id, result }));
}
