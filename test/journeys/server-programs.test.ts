import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { CompiledCommand } from "../../core/policy/compiled-policy.ts";
import type { Bridge } from "../../data-plane/upstreams/bridge/bridge.ts";
import { DefinitionKind } from "../../proto/gen/mcpgateway/v1/definition_pb.ts";
import { Action, DefinitionAction } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { ToolService, ToolState } from "../../proto/gen/mcpgateway/v1/tool_service_pb.ts";
import { bridgeOf, command, scripted } from "../support/bridge.ts";
import { TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";

const folder = mkdtempSync(join(tmpdir(), "mcpgw-programs-"));
const file = join(folder, "server.cjs");
const words = ["node", file];
let bridge: Bridge;
let gateway: TestGateway;
let authorization: string;

beforeAll(async () => {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "stdio", version: "1.2.3" }));
  writeFileSync(file, scripted);
  gateway = await TestGateway.start(policy(DefinitionAction.LOG), { proxies: 0 });
  bridge = bridgeOf(gateway);
  const port = await bridge.listen();
  const compiled: CompiledCommand = command(words);
  bridge.serve(new Map([["local", compiled]]));
  await gateway.addProxy({ MCPGW_BRIDGE_URL: `http://127.0.0.1:${port}` });
  await gateway.push(policy(DefinitionAction.QUARANTINE));
  authorization = `Bearer ${await gateway.createAgent("agent-1")}`;
});
afterAll(async () => {
  await gateway?.stop();
  await bridge?.close();
  rmSync(folder, { recursive: true });
});

it("a command whose program was changed answers nobody until an operator has accepted it", async () => {
  expect(await initialize()).toHaveProperty("result");
  const pin = await getPin();
  expect(pin.state).toBe(ToolState.APPROVED);
  expect(pin.variants[0]?.definition).toContain('"package":"stdio@1.2.3"');

  writeFileSync(file, `${scripted}\n// another one`);
  await vi.waitFor(
    async () =>
      expect(await initialize()).toMatchObject({
        error: { message: expect.stringContaining("a program that no operator has accepted") },
      }),
    { timeout: 20_000, interval: 1_000 },
  );
  const [changed] = (await getPin()).variants;
  await gateway.operator.call(ToolService.method.decideTools, {
    upstream: "local",
    decisions: [{ kind: DefinitionKind.SERVER, name: "program", digest: changed?.digest ?? "" }],
    accept: true,
  });
  await vi.waitFor(async () => expect(await initialize()).toHaveProperty("result"));
}, 40_000);

function policy(server: DefinitionAction) {
  return {
    upstreams: [{ name: "local", command: words }],
    routes: [{ path: "/mcp", upstreams: ["local"] }],
    rules: [{ name: "all", match: {}, action: Action.ALLOW }],
    scanning: { profiles: [{ name: "default", definitions: { server } }] },
  };
}

async function initialize() {
  const clientInfo = { name: "test", version: "1" };
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
  const message = { jsonrpc: "2.0", id: 1, method: "initialize", params };
  return (await post(gateway.url(), message, { authorization })).body;
}

async function getPin() {
  const { tool } = await gateway.operator.call(ToolService.method.getTool, {
    upstream: "local",
    kind: DefinitionKind.SERVER,
    name: "program",
  });
  if (!tool) throw new Error("no pin");
  return tool;
}
