import { afterAll, beforeAll, expect, it } from "vitest";
import { Action, ScanAction } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "../support/scripted-upstream.ts";

let upstream: ScriptedUpstream;
let gateway: TestGateway;
let headers: Record<string, string>;
const half = "cut \ud83d";
const request = (method: string, params: object) => ({ jsonrpc: "2.0", id: 1, method, params });

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  gateway = await TestGateway.start({
    upstreams: [{ name: "crm", url: upstream.url }],
    routes: [{ path: "/mcp", upstreams: ["crm"] }],
    rules: [
      { name: "all", match: { tools: ["*/*"] }, action: Action.ALLOW },
      { name: "resources", match: { resources: ["*/*"] }, action: Action.ALLOW },
    ],
    scanning: { profiles: [{ name: "p", results: { secrets: ScanAction.REDACT } }] },
  });
  headers = { authorization: `Bearer ${await gateway.createAgent("ann")}` };
});
afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

it.each([
  ["an answer", [], { result: { content: [{ type: "text", text: half }], _meta: { [half]: 1 } } }],
  ["an error", [], { error: { code: 1, message: half } }],
  [
    "a message before the answer",
    [{ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: half } }],
    { result: { content: [] } },
  ],
])(
  "half a character in %s reaches the agent as U+FFFD, as it is refused of an agent",
  async (_, before, answer) => {
    upstream.script = { "tools/call": { before, answer } };
    const said = await post(
      gateway.url(0),
      request("tools/call", { name: "act", arguments: {} }),
      headers,
    );
    expect(said.text).toContain("cut \ufffd");
    expect(said.text).not.toMatch(/\\ud83d/i);
    const call = request("tools/call", { name: "act", arguments: { text: half } });
    const refused = await post(gateway.url(0), call, headers);
    expect(refused.text).toContain("half a surrogate pair");
  },
);

it("a whole one stays as its server wrote it", async () => {
  upstream.script = {
    "tools/call": {
      answer: { result: { content: [{ type: "text", text: "\ud83d\ude00 \\ud83d" }] } },
    },
  };
  const call = request("tools/call", { name: "act", arguments: {} });
  const said = await post(gateway.url(0), call, headers);
  expect(said.body).toMatchObject({ result: { content: [{ text: "\ud83d\ude00 \\ud83d" }] } });
});
