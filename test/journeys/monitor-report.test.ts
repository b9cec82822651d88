import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { OperatorService, Role } from "../../proto/gen/mcpgateway/v1/operator_service_pb.ts";
import { Action, ScanAction, ScanMode } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { fakeSecret, startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";

const main = join(import.meta.dirname, "../../cli/main.ts");

let gateway: TestGateway;
let upstream: TestUpstream;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await TestGateway.start({
    upstreams: [{ name: "fixture", url: upstream.url }],
    routes: [{ path: "/mcp", upstreams: ["fixture"] }],
    rules: [{ name: "all", match: {}, action: Action.ALLOW }],
    scanning: {
      profiles: [
        {
          name: "trial",
          mode: ScanMode.MONITOR,
          arguments: { secrets: ScanAction.BLOCK },
          results: { secrets: ScanAction.REDACT },
        },
      ],
    },
  });
});
afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

it("the report says by rule, tool and agent how often the scanner would have done what", async () => {
  const key = await gateway.createAgent("ci-bot");
  const headers = { authorization: `Bearer ${key}` };
  for (const text of [fakeSecret, `${fakeSecret} twice`, "nothing"]) {
    const params = { name: "echo", arguments: { text } };
    await post(gateway.url(), { jsonrpc: "2.0", id: 1, method: "tools/call", params }, headers);
  }
  await gateway.outcomes(3);
  const { token } = await gateway.operator.call(OperatorService.method.createOperator, {
    name: "olga",
    role: Role.ADMIN,
  });

  const env = {
    HOME: "/nonexistent",
    PATH: "",
    MCPCTL_TOKEN: token,
    MCPCTL_SERVER: gateway.address,
  };
  const words = ["audit", "report", "--as", "json"];
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...words], { env });

  const row = { rule: "secrets.slack-token", tool: "fixture/echo", agent: "ci-bot", calls: 2 };
  expect(JSON.parse(stdout).monitored).toHaveLength(2);
  expect(JSON.parse(stdout).monitored).toEqual(
    expect.arrayContaining([
      { ...row, action: "block" },
      { ...row, action: "redact" },
    ]),
  );
});
