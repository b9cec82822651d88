import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { OperatorService, Role } from "../../proto/gen/mcpgateway/v1/operator_service_pb.ts";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { settledRecords } from "../support/audit.ts";
import { startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";

const main = join(import.meta.dirname, "../../cli/main.ts");
const hostile = "<script>alert(1)</script>|[x](http://evil)\u001b[31m";

let gateway: TestGateway;
let upstream: TestUpstream;
let token: string;

const call = (name: string, args: Record<string, unknown>) => ({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name, arguments: args },
});

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await TestGateway.start({
    upstreams: [{ name: "fixture", url: upstream.url }],
    routes: [{ path: "/mcp", upstreams: ["fixture"] }],
    rules: [
      {
        name: "writes",
        match: { tools: ["fixture/write"] },
        action: Action.APPROVE,
        approval: "anyone",
      },
      { name: "all", match: { tools: ["fixture/echo"] }, action: Action.ALLOW },
    ],
    approvals: [{ name: "anyone", holdFor: { seconds: 20n } }],
  });
  const made = await gateway.operator.call(OperatorService.method.createOperator, {
    name: "olga",
    role: Role.ADMIN,
  });
  token = made.token;
  const key = await gateway.createAgent("ci-bot");
  const headers = { authorization: `Bearer ${key}` };
  await post(gateway.url(), call("echo", { text: "needle-in-a-haystack" }), headers);
  await post(gateway.url(), call(hostile, {}), headers);
  const held = post(gateway.url(), call("write", { path: "a", content: "42" }), headers);
  await gateway.decide(true, "it is fine");
  await held;
  await vi.waitFor(async () => {
    const records = await settledRecords(gateway.redis);
    const ended = records.filter(({ event }) => event === "call.outcome");
    expect(ended.filter(({ tool }) => tool === "write")).toHaveLength(1);
  }, 10_000);
});
afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

function mcpctl(...words: readonly string[]) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    const env = {
      HOME: "/nonexistent",
      PATH: "",
      MCPCTL_TOKEN: token,
      MCPCTL_SERVER: gateway.address,
    };
    const child = execFile(
      process.execPath,
      [main, "audit", ...words],
      { env },
      (_, stdout, stderr) => done({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

const json = async (...words: readonly string[]) => {
  const { stdout } = await mcpctl(...words, "-o", "json");
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
};

it("a person finds a call by what stands in it, and sees its whole story", async () => {
  const [found] = await json("query", "--text", "NEEDLE-in", "--event", "call.outcome");
  expect(found).toMatchObject({ agent: "ci-bot", tool: "echo", outcome: "answered" });

  const { code, stdout } = await mcpctl("show", found.callId);
  expect(code).toBe(0);
  expect(stdout).toMatch(/call\.intent[\s\S]*call\.outcome/);
  expect(stdout).toContain("needle-in-a-haystack");
  expect((await mcpctl("show", found.id)).stdout).toContain(found.callId);
});

it("the story of a held call has the question, the decision and who made it", async () => {
  const [outcome] = await json("query", "--tool", "fixture/write", "--event", "call.outcome");
  const { stdout } = await mcpctl("show", outcome.callId);

  expect(stdout).toMatch(
    /approval\.opened[\s\S]*approval\.decided[\s\S]*call\.intent[\s\S]*call\.outcome/,
  );
  expect(stdout).toMatch(/Operator: +admin/);
  expect(stdout).toContain("it is fine");
});

it("pages go on where the one before ended, and nothing is shown twice", async () => {
  const all = await json("query");
  const first = await mcpctl("query", "-n", "2", "-o", "json");
  const cursor = /--after (\S+)/.exec(first.stderr)?.[1] ?? "";
  const rest = await json("query", "--after", cursor);

  const ids = (records: { id: string }[]) => records.map(({ id }) => id);
  const shown = first.stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  expect([...ids(shown), ...ids(rest)]).toEqual(ids(all));
});

it("counts tell how calls ended, by agent, tool and rule", async () => {
  const { stdout } = await mcpctl("stats", "-o", "json");
  const { calls, by } = JSON.parse(stdout);

  expect(calls).toBe(3);
  expect(by.agent).toEqual([{ name: "ci-bot", calls: 3, held: 1 }]);
  expect(by.outcome).toContainEqual({ name: "answered", calls: 2, held: 1 });
  expect(by.rule).toContainEqual({ name: "writes", calls: 1, held: 1 });
});

it("a report says who called what, what was held, who decided, and what operators did", async () => {
  const report = JSON.parse((await mcpctl("report", "--as", "json")).stdout);

  expect(report.usage).toContainEqual({
    agent: "ci-bot",
    tool: "fixture/echo",
    calls: 1,
    outcomes: "answered 1",
  });
  expect(report.held).toMatchObject([
    {
      agent: "ci-bot",
      tool: "fixture/write",
      rule: "writes",
      decidedBy: "admin",
      outcome: "answered",
    },
  ]);
  expect(report.acts.map(({ event }: { event: string }) => event)).toEqual(
    expect.arrayContaining([
      "policy.pushed",
      "operator.created",
      "agent.created",
      "approval.decided",
    ]),
  );
});

it("a report runs nothing and makes nothing of what agents wrote", async () => {
  const html = (await mcpctl("report", "--as", "html")).stdout;
  const markdown = (await mcpctl("report")).stdout;

  expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;|[x](http://evil)\\x1b[31m");
  expect(html).not.toContain("<script");
  expect(markdown).toContain("\\<script\\>alert\\(1\\)\\</script\\>\\|\\[x\\]\\(http\\://evil\\)");
  expect(`${html}${markdown}`).not.toContain("\u001b");
});

it("what is not there is said", async () => {
  expect(await mcpctl("show", "nobody-knows-this")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("no record of nobody-knows-this is in the audit stream"),
  });
  expect((await mcpctl("query", "--agent", "nobody")).stderr).toMatch(
    /none of \d+ records matches/,
  );
  expect((await mcpctl("query", "--from", "yesterday")).code).toBe(2);
});
