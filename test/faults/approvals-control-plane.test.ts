import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { GrpcClient } from "../../core/grpc/client.ts";
import {
  ApprovalService,
  ApprovalState,
} from "../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { OperatorService, Role } from "../../proto/gen/mcpgateway/v1/operator_service_pb.ts";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startRawUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { type PolicyInit, TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";
import { type PartProcess, spawnControlPlaneProcess } from "../support/proxy-process.ts";
import { startRedis } from "../support/redis.ts";
import { freePort } from "../support/user.ts";

const { decideApproval, getApproval } = ApprovalService.method;
const frozenMs = 20_000;

let upstream: TestUpstream;
let gateway: TestGateway;
/** A second control plane, through which people decide. */
let doomed: PartProcess;
let operator: GrpcClient;
let headers: Record<string, string>;
let runs: number;

beforeEach(async () => {
  runs = 0;
  upstream = await startRawUpstream((request, response) => {
    let text = "";
    request.on("data", (chunk) => {
      text += chunk;
    });
    request.on("end", () => {
      const { id, method } = JSON.parse(text);
      if (method === "tools/call") runs += 1;
      const tools = [{ name: "pay", inputSchema: { type: "object" } }];
      const result = method === "tools/list" ? { tools } : { content: [] };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ jsonrpc: "2.0", id, result }));
    });
  });
  const redis = await startRedis({ durable: true });
  gateway = await TestGateway.start(policy(upstream.url), { redis });
  headers = { authorization: `Bearer ${await gateway.createAgent("writer")}` };
  const { token } = await gateway.operator.call(OperatorService.method.createOperator, {
    name: "olga",
    role: Role.APPROVER,
  });
  const address = `127.0.0.1:${await freePort()}`;
  doomed = spawnControlPlaneProcess({
    MCPGW_REDIS_URL: redis.url,
    MCPGW_JOIN_TOKEN: gateway.joinToken,
    MCPGW_GRPC_ADDRESS: address,
  });
  operator = new GrpcClient({ address, token });
  await vi.waitFor(() => operator.call(ApprovalService.method.listApprovals, {}), {
    timeout: 20_000,
    interval: 200,
  });
});
afterEach(async () => {
  operator?.close();
  await doomed?.kill();
  await gateway?.stop();
  await upstream?.stop();
});

it("a control plane that is killed right after it acknowledged a decision has lost none", async () => {
  for (let round = 1; round <= 10; round += 1) {
    const paid = pay(round);
    const { id, digest } = await gateway.pendingApproval();
    await operator.call(decideApproval, { id, approve: true, reason: "fine", digest });
    if (round === 10) await doomed.kill();
    expect(await paid).toMatchObject({ result: { content: [] } });
    const { approval } = await gateway.operator.call(getApproval, { id });
    expect(approval?.state).toBe(ApprovalState.SUCCEEDED);
  }
  expect(runs).toBe(10);
}, 120_000);

it("calls are decided elsewhere when a control plane is killed", async () => {
  const paid = pay(1);
  await gateway.pendingApproval();
  await doomed.kill();

  await gateway.decide(false, "not today");

  expect(await paid).toMatchObject({ error: { code: 4031 } });
  expect(runs).toBe(0);
}, 120_000);

it("a control plane that freezes for 20 s decides nothing over the head of another", async () => {
  const paid = pay(1);
  const { id, digest } = await gateway.pendingApproval();
  doomed.signal("SIGSTOP");
  const late = operator.call(decideApproval, { id, approve: true, reason: "fine", digest }).then(
    () => "approved",
    (error: Error) => error.message,
  );
  await gateway.decide(false, "not today");
  expect(await paid).toMatchObject({ error: { code: 4031 } });

  await new Promise((resolve) => setTimeout(resolve, frozenMs));
  doomed.signal("SIGCONT");

  expect(await late).not.toBe("approved");
  const { approval } = await gateway.operator.call(getApproval, { id });
  expect(approval?.state).toBe(ApprovalState.DENIED);
  expect(runs).toBe(0);
}, 120_000);

async function pay(id: number): Promise<unknown> {
  const params = { name: "pay", arguments: { to: `ann-${id}` } };
  return (await post(gateway.url(), { jsonrpc: "2.0", id, method: "tools/call", params }, headers))
    .body;
}

function policy(url: string): PolicyInit {
  return {
    upstreams: [{ name: "bank", url }],
    routes: [{ path: "/mcp", upstreams: ["bank"] }],
    rules: [{ name: "ask", match: { tools: ["*/*"] }, action: Action.APPROVE, approval: "anyone" }],
    approvals: [{ name: "anyone", holdFor: { seconds: 60n } }],
  };
}
