import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, it } from "vitest";
import { checkRedis } from "../../../core/redis/check-redis.ts";
import { waitUntil } from "../wait.ts";
import { answers, type PrivateRedis, preparePrivateRedis } from "./private-redis.ts";
import { findRedis, type RedisSource } from "./redis-source.ts";

let folder: string;
const children: ChildProcess[] = [];
const connections: Redis[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mcpgw-redis-"));
});
afterEach(async () => {
  for (const redis of connections.splice(0)) redis.disconnect();
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  rmSync(folder, { recursive: true, force: true });
});

const find = () => findRedis({ ...process.env, MCPGW_REDIS_URL: "" }, () => undefined);

async function prepare(place: string, found?: RedisSource): Promise<PrivateRedis> {
  const source = found ?? (await find());
  if (source.kind === "url") throw new Error("not private");
  return preparePrivateRedis(source, {
    folder: place,
    durable: true,
    env: process.env,
    say: () => undefined,
  });
}

async function run(redis: PrivateRedis): Promise<ChildProcess> {
  const { command, args, argv0 } = redis;
  const child = spawn(command, args, { argv0, stdio: ["pipe", "ignore", "ignore"] });
  children.push(child);
  child.stdin.end(redis.input);
  expect(await waitUntil(() => answers(redis.url), { deadlineMs: 20_000 })).toBe(true);
  return child;
}

function connect(url: string): Redis {
  const redis = new Redis(url, { retryStrategy: () => null });
  redis.on("error", () => undefined);
  connections.push(redis);
  return redis;
}

it("listens on a socket that only this user reaches, with the settings that the gateway needs", async () => {
  const redis = await prepare(join(folder, "redis"));
  await run(redis);

  expect(redis.url).toBe(join(folder, "redis", "redis.sock"));
  expect(statSync(join(folder, "redis")).mode & 0o777).toBe(0o700);
  expect(await checkRedis(connect(redis.url))).toEqual([]);
});

it("listens on a loopback port with a password where the path is too long for a socket", async () => {
  const redis = await prepare(join(folder, "x".repeat(100)));
  await run(redis);

  const { host, password } = new URL(redis.url);
  expect(host).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(redis.args.join(" ")).not.toContain(password);
  expect(await answers(`redis://${host}`)).toBe(false);
  expect(await checkRedis(connect(redis.url))).toEqual([]);
});

it("ends the one that a killed run left behind, and keeps its data", async () => {
  const left = await prepare(folder);
  const leftover = await run(left);
  await connect(left.url).set("policy", "7");

  const next = await prepare(folder);

  expect(await waitUntil(() => leftover.exitCode !== null, { deadlineMs: 5_000 })).toBe(true);
  await run(next);
  expect(await connect(next.url).get("policy")).toBe("7");
});

it("runs in Docker with the same settings, reachable from this machine only", async () => {
  const docker = await fakeDocker();

  const redis = await prepare(join(folder, "redis"), { kind: "docker", docker });
  await run(redis);

  const { host, password } = new URL(redis.url);
  expect(redis.args).toContain(`${host}:6379`);
  expect(redis.args.join(" ")).not.toContain(password);
  expect(redis.args.slice(-3)).toEqual(["redis:7-alpine", "redis-server", "-"]);
  expect(await checkRedis(connect(redis.url))).toEqual([]);
});

/** Stands for Docker: runs the server of this machine on the published port, with the settings that came by stdin. */
async function fakeDocker(): Promise<string> {
  const source = await find();
  if (source.kind !== "program") throw new Error("needs a server program");
  const server = join(folder, source.argv0);
  symlinkSync(source.path, server);
  const volume = join(folder, "volume");
  mkdirSync(volume);
  const docker = join(folder, "docker");
  writeFileSync(
    docker,
    `#!/bin/sh
    [ "$1" = run ] || exit 0
    port=$(echo "$@" | sed 's/.*127.0.0.1:\\([0-9]*\\):6379.*/\\1/')
    (sed 's|^dir .*|dir ${volume}|'; echo "port $port") > "${volume}/redis.conf"
    exec "${server}" "${volume}/redis.conf"
    `,
  );
  chmodSync(docker, 0o755);
  return docker;
}
