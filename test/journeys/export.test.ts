import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { RecordChain } from "../../core/audit/chain/record-chain.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

const main = join(import.meta.dirname, "../../cli/main.ts");
const ids: string[] = [];
let server: TestRedis;

beforeAll(async () => {
  server = await startRedis();
  const redis = connectRedis(server.url, "durable", () => {});
  const chain = new RecordChain({ producer: "proxy-1" });
  for (let count = 0; count < 2_500; count += 1) {
    const { id, bootId, sequence, text } = chain.add({ event: "request", agent: "ann" });
    const place = ["p", "proxy-1", "b", bootId, "s", String(sequence)];
    await redis.xadd(redisKeys.auditStream, "*", "id", id, "d", text, ...place);
    ids.push(id);
  }
  redis.disconnect();
});
afterAll(() => server.stop());

function mcpctl(...words: readonly string[]) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    const options = { maxBuffer: 1e8, env: { HOME: "/nonexistent", PATH: "" } };
    const child = execFile(process.execPath, [main, ...words], options, (_, stdout, stderr) =>
      done({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

it("an operator drains everything into a file by hand, once for each name", async () => {
  const drain = ["audit", "drain", "--once", "--redis", server.url];
  const all = await mcpctl(...drain);
  const again = await mcpctl(...drain);
  const asCef = await mcpctl(...drain, "--name", "archive", "--format", "cef");

  expect(all.code).toBe(0);
  const lines = all.stdout.split("\n").slice(0, -1);
  expect(lines.map((line) => JSON.parse(line).id)).toEqual(ids);
  expect(again).toMatchObject({ code: 0, stdout: "" });
  expect(asCef.stdout.split("\n").filter((line) => line.startsWith("CEF:0|"))).toHaveLength(
    ids.length,
  );
});

it("an operator who gives wrong settings hears of each", async () => {
  const said = await mcpctl(
    "audit",
    "drain",
    "--redis",
    server.url,
    "--to",
    "elastic",
    "--format",
    "leef",
  );

  expect(said.code).toBe(1);
  expect(said.stderr).toContain("MCPGW_EXPORT_URL");
  expect(said.stderr).toContain(
    "MCPGW_EXPORT_FORMAT must be native, ocsf, ecs for elastic, got leef",
  );
  expect((await mcpctl("audit", "drain")).stderr).toContain("--redis");
});
