import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { redisKeys } from "../../core/redis/keys.ts";
import { ExportService } from "../../proto/gen/mcpgateway/v1/export_service_pb.ts";
import { OperatorService, Role } from "../../proto/gen/mcpgateway/v1/operator_service_pb.ts";
import { TestGateway } from "../support/gateway.ts";

const main = join(import.meta.dirname, "../../cli/main.ts");
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start({});
});
afterAll(() => gateway?.stop());

const { listDeadLetters, retryDeadLetters, dropDeadLetters } = ExportService.method;
const list = (request = {}) =>
  gateway.operator.call(listDeadLetters, { exporter: "siem", ...request });

async function bury(count: number, text = '{"event":"request"}'): Promise<string[]> {
  const key = redisKeys.auditExportDead("siem");
  await gateway.redis.del(key);
  const keys: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const fields = ["entry", `1-${index}`, "id", `record-${index}`, "reason", `no ${index}`];
    keys.push((await gateway.redis.xadd(key, "*", ...fields, "d", text)) ?? "");
  }
  return keys;
}

const acts = async () =>
  (await gateway.records()).filter(({ event }) => event.startsWith("export."));

it("an operator sees what a SIEM refuses, and why, page by page", async () => {
  const keys = await bury(5, JSON.stringify({ event: "call.outcome", agent: "x".repeat(20_000) }));

  const page = await list({ pageSize: 2 });
  const rest = await list({ after: page.deadLetters.at(-1)?.id ?? "" });

  expect(page.total).toBe(5);
  expect([...page.deadLetters, ...rest.deadLetters].map(({ id }) => id)).toEqual(keys);
  expect(page.deadLetters[0]).toMatchObject({
    recordId: "record-0",
    reason: "no 0",
    event: "call.outcome",
  });
  expect(page.deadLetters[0]?.beginning).toHaveLength(8_192);
  expect(page.deadLetters[0]?.bytes).toBeGreaterThan(20_000);
});

it("an operator has some of them sent again, which is recorded", async () => {
  const [one = "", , three = ""] = await bury(3);

  const response = await gateway.operator.call(retryDeadLetters, {
    exporter: "siem",
    ids: [one, three, "1-1"],
  });

  expect(response.retried).toBe(2);
  expect(await list()).toMatchObject({ total: 1, retrying: 2 });
  const waiting = await gateway.redis.xrange(redisKeys.auditExportRetry("siem"), "-", "+");
  expect(waiting.map(([, fields]) => fields[3])).toEqual(["record-0", "record-2"]);
  expect((await acts()).at(-1)).toMatchObject({
    event: "export.dead-letters-retried",
    operator: "admin",
    details: { exporter: "siem", count: "2", records: "record-0,record-2" },
  });
});

it("an operator drops all of them, saying why, which is recorded", async () => {
  await bury(450);
  const drop = (request: object) =>
    gateway.operator.call(dropDeadLetters, { exporter: "siem", ...request });

  await expect(drop({ all: true })).rejects.toThrow(/say why/);
  expect(await drop({ all: true, reason: "test data" })).toMatchObject({ dropped: 450 });

  expect(await list()).toMatchObject({ total: 0 });
  expect((await acts()).at(-1)?.details).toMatchObject({
    reason: "test data",
    count: "450",
    all: "true",
  });
  await expect(drop({ all: true, reason: "again" })).rejects.toThrow(/no such dead letters/);
});

it("the command line lists, sends again and drops", async () => {
  const [one = "", two = ""] = await bury(2);
  const tokens = await gateway.operator.call(OperatorService.method.createOperator, {
    name: "olga",
    role: Role.ADMIN,
  });
  const mcpctl = (...words: readonly string[]) =>
    new Promise<{ code: number | null; stdout: string; stderr: string }>((done) => {
      const env = {
        MCPCTL_SERVER: gateway.address,
        MCPCTL_TOKEN: tokens.token,
        HOME: "/nonexistent",
      };
      const args = [main, "audit", "dead-letters", ...words];
      const child = execFile(process.execPath, args, { env }, (_, stdout, stderr) =>
        done({ code: child.exitCode, stdout, stderr }),
      );
    });

  expect((await mcpctl()).stdout).toMatch(new RegExp(`${one}.*request.*record-0.*no 0`));
  expect(await mcpctl("retry", "siem")).toMatchObject({ code: 2 });
  expect((await mcpctl("retry", "siem", one)).stdout).toContain("sends 1 again");
  expect(await mcpctl("drop", "siem", two)).toMatchObject({ code: 2 });
  expect((await mcpctl("drop", "siem", two, "--reason", "test")).stdout).toContain("dropped 1");
  expect((await mcpctl("list", "siem")).stdout).toContain("has no dead letters");
});

it("nothing is done to all of them because nobody said to which", async () => {
  await bury(1);
  const retry = (request: object) => gateway.operator.call(retryDeadLetters, request);

  await expect(retry({ exporter: "siem" })).rejects.toThrow(/either ids, or all/);
  await expect(retry({ exporter: "siem", ids: ["x"] })).rejects.toThrow(/1790000000123-0/);
  await expect(retry({ exporter: "*", all: true })).rejects.toThrow(/a-z/);
  expect(await list()).toMatchObject({ total: 1 });
});

it("a viewer may look and nothing else", async () => {
  await bury(1);
  const { token } = await gateway.operator.call(OperatorService.method.createOperator, {
    name: "victor",
    role: Role.VIEWER,
  });
  const viewer = gateway.clientOf(token);

  expect(await viewer.call(listDeadLetters, { exporter: "siem" })).toMatchObject({ total: 1 });
  const request = { exporter: "siem", all: true, reason: "x" };
  await expect(viewer.call(dropDeadLetters, request)).rejects.toThrow(/admin/);
  await expect(viewer.call(retryDeadLetters, request)).rejects.toThrow(/admin/);
  viewer.close();
});
