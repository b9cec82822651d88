import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { DefinitionKind } from "../../proto/gen/mcpgateway/v1/definition_pb.ts";
import { Action, DefinitionAction } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { ToolService, ToolState } from "../../proto/gen/mcpgateway/v1/tool_service_pb.ts";
import { type PolicyInit, TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";
import { startTlsServer, TestAuthority, type TlsServer } from "../support/tls.ts";

const authority = new TestAuthority();
const [first, second, third, fourth] = ["a", "b", "c", "d"].map((name) =>
  authority.issue(name, "IP:127.0.0.1"),
);
let server: TlsServer;
let gateway: TestGateway;
let authorization: string;

beforeAll(async () => {
  if (!first) throw new Error("no certificate");
  server = await startTlsServer(first);
  gateway = await TestGateway.start(policy(DefinitionAction.LOG));
  authorization = `Bearer ${await gateway.createAgent("agent-1")}`;
});
afterAll(async () => {
  await gateway?.stop();
  await server?.stop();
  authority.remove();
});

describe("a server that proves itself with another key", () => {
  it("is met all the same, and shown to the operator: certificates are renewed", async () => {
    expect(await list()).toHaveProperty("result");
    expect((await getPin()).state).toBe(ToolState.APPROVED);
    show(second);
    expect(await list()).toHaveProperty("result");
    await vi.waitFor(async () => expect((await getPin()).state).toBe(ToolState.CHANGED));
  });

  it("is met no more once the policy says so, also on a connection that stands, until it is accepted", async () => {
    const before = server.clients.length;
    await gateway.push(policy(DefinitionAction.QUARANTINE));
    expect(await list()).toMatchObject({
      error: { message: expect.stringContaining("a key that no operator has accepted") },
    });
    expect(server.clients).toHaveLength(before);
    await decide(true);
    await vi.waitFor(async () => expect(await list()).toHaveProperty("result"));
  });

  it("hears nothing, not even credentials, before its key was accepted", async () => {
    show(third);
    const before = server.clients.length;
    expect(await list()).toHaveProperty("error");
    expect(server.clients).toHaveLength(before);
  });

  it("is left at once when an operator takes back what was accepted", async () => {
    await decide(true);
    await vi.waitFor(async () => expect(await list()).toHaveProperty("result"));
    await decide(false);
    await vi.waitFor(async () => expect(await list()).toHaveProperty("error"));
  });

  it("is nobody's affair where the policy says so", async () => {
    await gateway.push(policy(DefinitionAction.OFF));
    show(fourth);
    expect(await list()).toHaveProperty("result");
    expect((await getPin()).variants).toHaveLength(3);
  });
});

function policy(action: DefinitionAction): PolicyInit {
  const ca = { source: { case: "fromFile" as const, value: authority.certificate } };
  return {
    upstreams: [{ name: "up", url: `https://127.0.0.1:${server.port}/mcp`, tls: { ca } }],
    routes: [{ path: "/mcp", upstreams: ["up"] }],
    rules: [{ name: "all", match: {}, action: Action.ALLOW }],
    scanning: { profiles: [{ name: "default", definitions: { server: action } }] },
  };
}

function show(files: typeof first | undefined): void {
  if (files) server.show(files);
}

async function list() {
  const message = { jsonrpc: "2.0", id: 1, method: "tools/list" };
  return (await post(gateway.url(), message, { authorization })).body;
}

async function getPin() {
  const { tool } = await gateway.operator.call(ToolService.method.getTool, {
    upstream: "up",
    kind: DefinitionKind.SERVER,
    name: "certificate",
  });
  if (!tool) throw new Error("no pin");
  return tool;
}

/** About the key that was seen last. */
async function decide(accept: boolean): Promise<void> {
  const [variant] = (await getPin()).variants;
  const decision = {
    kind: DefinitionKind.SERVER,
    name: "certificate",
    digest: variant?.digest ?? "",
  };
  await gateway.operator.call(ToolService.method.decideTools, {
    upstream: "up",
    decisions: [decision],
    accept,
  });
}
