import { afterEach, beforeEach, expect, it } from "vitest";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { ladderClients } from "../support/ladder-clients.ts";

let upstream: TestUpstream;
let gateway: TestGateway;
let key: string;

beforeEach(async () => {
  upstream = await startUpstream();
  gateway = await TestGateway.start({
    upstreams: [{ name: "files", url: upstream.url }],
    routes: [{ path: "/mcp", upstreams: ["files"] }],
    rules: [{ name: "ask", match: { tools: ["*/*"] }, action: Action.APPROVE, approval: "anyone" }],
    approvals: [{ name: "anyone", holdFor: { seconds: 1n } }],
  });
  key = await gateway.createAgent("writer");
});
afterEach(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

it.each(["SDK v1", "Inspector CLI"] as const)(
  "%s is told to repeat its call, and then gets the result of the call that ran once",
  async (name) => {
    const write = ladderClients[name];

    const told = await write(gateway.url(), key, "/a");
    await gateway.decide(true);
    const results = [await write(gateway.url(), key, "/a"), await write(gateway.url(), key, "/a")];

    expect(told).toContain("Repeat exactly the same call");
    expect(results).toEqual(["wrote /a", "wrote /a"]);
    expect(upstream.runs.get("write")).toBe(1);
  },
);
