import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { Redis } from "ioredis";
import type { Env } from "../../../core/service/env.ts";
import { freePort } from "../ports.ts";
import { waitUntil } from "../wait.ts";
import { pullRedisImage, removeContainer } from "./docker.ts";
import type { RedisSource } from "./redis-source.ts";
import { readRunningRedis, runningFile } from "./running-redis.ts";

/** How to run one private Redis: the command, the settings for its standard input, and where it will answer. */
export interface PrivateRedis {
  readonly url: string;
  readonly command: string;
  readonly argv0: string;
  readonly args: readonly string[];
  /** Settings come by standard input: on the command line, every user of the machine could read the password. */
  readonly input: string;
}

export interface PrivateRedisPlace {
  /** Made when missing, with rights for this user only. */
  readonly folder: string;
  /** Whether the data outlives the process. */
  readonly durable: boolean;
  readonly env: Env;
  readonly say: (line: string) => void;
}

type Runnable = Exclude<RedisSource, { readonly kind: "url" }>;

/** The longest path of a Unix socket is 103 bytes on macOS, 107 on Linux. */
const maxSocketPathBytes = 100;

/** Prepares a private Redis in a folder, and ends one that an earlier, killed run left there. Its data stays. */
export async function preparePrivateRedis(
  source: Runnable,
  place: PrivateRedisPlace,
): Promise<PrivateRedis> {
  mkdirSync(place.folder, { recursive: true, mode: 0o700 });
  await endLeftover(place.folder);
  const redis =
    source.kind === "docker"
      ? await inDocker(source.docker, place)
      : await asProcess(source, place);
  writeFileSync(runningFile(place.folder), JSON.stringify({ url: redis.url }), { mode: 0o600 });
  return redis;
}

/** Resolves to whether a Redis answers there, after it has loaded its data. */
export async function answers(url: string, timeoutMs = 2_000): Promise<boolean> {
  return (await ask(url, timeoutMs, (redis) => redis.ping())) === "PONG";
}

async function asProcess(
  source: Extract<Runnable, { readonly kind: "program" }>,
  { folder, durable }: PrivateRedisPlace,
): Promise<PrivateRedis> {
  const socket = resolve(folder, "redis.sock");
  const common = [...settings(durable), `dir ${JSON.stringify(resolve(folder))}`];
  const program = { command: source.path, argv0: source.argv0, args: ["-"] };

  if (Buffer.byteLength(socket) < maxSocketPathBytes) {
    const lines = ["port 0", `unixsocket ${JSON.stringify(socket)}`, "unixsocketperm 700"];
    return { ...program, url: socket, input: toConfig([...common, ...lines]) };
  }
  const port = await freePort();
  const password = randomBytes(24).toString("base64url");
  const lines = [`port ${port}`, "bind 127.0.0.1", `requirepass ${password}`];
  return {
    ...program,
    url: `redis://:${password}@127.0.0.1:${port}`,
    input: toConfig([...common, ...lines]),
  };
}

async function inDocker(docker: string, place: PrivateRedisPlace): Promise<PrivateRedis> {
  const image = await pullRedisImage(docker, place.env, place.say);
  const server = image.startsWith("valkey") ? "valkey-server" : "redis-server";
  const id = createHash("sha256").update(resolve(place.folder)).digest("hex").slice(0, 12);
  const name = `mcpgateway-redis-${id}`;
  await removeContainer(docker, name, place.env);

  const port = await freePort();
  const password = randomBytes(24).toString("base64url");
  const publish = ["--publish", `127.0.0.1:${port}:6379`];
  const volume = place.durable ? ["--volume", `${name}:/data`] : [];
  return {
    command: docker,
    argv0: docker,
    args: [
      "run",
      "--interactive",
      "--rm",
      "--name",
      name,
      ...publish,
      ...volume,
      image,
      server,
      "-",
    ],
    url: `redis://:${password}@127.0.0.1:${port}`,
    input: toConfig([...settings(place.durable), "dir /data", `requirepass ${password}`]),
  };
}

function settings(durable: boolean): readonly string[] {
  const persistence = durable ? ["appendonly yes", "appendfsync everysec"] : ["appendonly no"];
  return ["daemonize no", "maxmemory-policy noeviction", 'save ""', ...persistence];
}

function toConfig(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}

/** Two servers on one append-only file would ruin it. */
async function endLeftover(folder: string): Promise<void> {
  const url = readRunningRedis(folder);
  if (url === undefined || !(await answers(url))) return;
  await ask(url, 2_000, (redis) => redis.shutdown());
  await waitUntil(async () => !(await answers(url)), { deadlineMs: 10_000 });
}

async function ask<T>(
  url: string,
  timeoutMs: number,
  question: (redis: Redis) => Promise<T>,
): Promise<T | undefined> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  redis.on("error", () => undefined);
  try {
    await redis.connect();
    return await question(redis);
  } catch {
    return undefined;
  } finally {
    redis.disconnect();
  }
}
