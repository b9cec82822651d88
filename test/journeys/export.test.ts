import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { RecordChain } from "../../core/audit/chain/record-chain.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { User } from "../support/user.ts";

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
  const unknown = await mcpctl("audit", "drain", "--redis", server.url, "--to", "sftp:x");
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("got sftp") });
});

it("an operator without a Redis hears at once what to do", async () => {
  const none = await mcpctl("audit", "drain", "--data-dir", "/nonexistent");
  expect(none.code).toBe(2);
  expect(none.stderr).toContain("no gateway of `mcpctl up` keeps one in /nonexistent");

  const away = await mcpctl("audit", "drain", "--redis", "redis://:hunter2@127.0.0.1:1");
  expect(away.code).toBe(3);
  expect(away.stderr).toContain("does not answer (ECONNREFUSED)");
  expect(away.stderr).not.toContain("hunter2");
});

it("a newcomer drains into a file beside `mcpctl up`, without naming a Redis", async () => {
  const user = new User();
  try {
    await user.startGateway();
    await user.inspect(user.urlOf("/mcp/files"), "--method", "tools/list");
    await vi.waitFor(
      async () => {
        const said = await user.mcpctl("audit", "drain", "--once", "--to", "file:audit.ndjson");
        expect(said).toMatchObject({ code: 0 });
        const events = readFileSync(join(user.folder, "audit.ndjson"), "utf8")
          .split("\n")
          .filter((line) => line.includes("tools/list"));
        expect(events.length).toBeGreaterThan(0);
      },
      { timeout: 30_000, interval: 200 },
    );
    await user.stopGateway();

    const after = await user.mcpctl("audit", "drain", "--once", "--to", "file:audit.ndjson");
    expect(after.code).toBe(3);
    expect(after.stderr).toContain("`mcpctl up` starts it");
  } finally {
    await user.leave();
  }
});
