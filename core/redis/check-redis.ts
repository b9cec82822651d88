import type { Cluster, Redis } from "ioredis";

type Info = Readonly<Record<string, string>>;

const oldestVersion = 7;

/**
 * Finds every setting of Redis with which the gateway would lose what it must keep. Each problem is a sentence
 * that says how to mend it. Rejects when Redis does not answer.
 *
 * A managed service forbids CONFIG, and its promises of durability do not show in INFO:
 * there, doubts go to `warn` instead.
 */
export async function checkRedis(
  redis: Redis,
  warn: (sentence: string) => void = () => undefined,
): Promise<readonly string[]> {
  if (redis.isCluster) {
    const nodes = (redis as unknown as Cluster).nodes("master");
    const problems = await Promise.all(nodes.map((node) => checkNode(node, warn)));
    return [...new Set(problems.flat())];
  }
  return await checkNode(redis, warn);
}

async function checkNode(
  redis: Redis,
  warn: (sentence: string) => void,
): Promise<readonly string[]> {
  const info = parseInfo(await redis.info());
  const config = await readConfig(redis);
  const problems = [...checkVersion(info), ...checkRole(info)];

  if (config === undefined) {
    for (const doubt of checkManaged(info)) warn(doubt);
    return problems;
  }
  return [
    ...problems,
    ...checkEviction(config["maxmemory-policy"]),
    ...checkPersistence(config["appendonly"]),
  ];
}

function checkVersion(info: Info): readonly string[] {
  const version = info["redis_version"] ?? "unknown";
  if (Number.parseInt(version, 10) >= oldestVersion) return [];
  return [`Redis is version ${version}, and the gateway needs 7.0 or later: upgrade it.`];
}

function checkRole(info: Info): readonly string[] {
  if (info["role"] !== "slave") return [];
  return ["This Redis is a replica, which takes no writes: name its primary in MCPGW_REDIS_URL."];
}

function checkEviction(policy: string | undefined): readonly string[] {
  if (policy === undefined || policy === "noeviction") return [];
  return [
    `Redis has maxmemory-policy ${policy}, with which it drops approvals and policies when its memory is full: ` +
      'set "maxmemory-policy noeviction" in redis.conf, or run: redis-cli CONFIG SET maxmemory-policy noeviction',
  ];
}

function checkPersistence(appendonly: string | undefined): readonly string[] {
  if (appendonly === undefined || appendonly === "yes") return [];
  return [
    "Redis has appendonly no, with which it loses approvals and policies when it restarts: " +
      'set "appendonly yes" in redis.conf, or run: redis-cli CONFIG SET appendonly yes',
  ];
}

function checkManaged(info: Info): readonly string[] {
  const policy = info["maxmemory_policy"];
  const doubts: string[] = [];
  if (policy !== undefined && policy !== "noeviction") {
    doubts.push(
      `Redis has maxmemory-policy ${policy}: choose noeviction in the settings of the service, or approvals and policies may be dropped.`,
    );
  }
  if (info["aof_enabled"] === "0") {
    doubts.push(
      "Redis keeps no append-only file, and does not tell what it does instead: make sure that the service is durable.",
    );
  }
  return doubts;
}

/** Resolves to undefined when the service forbids to look. */
async function readConfig(redis: Redis): Promise<Info | undefined> {
  try {
    const answer = await redis.config("GET", "maxmemory-policy", "appendonly");
    return toRecord(answer);
  } catch (error) {
    if (error instanceof Error && error.name === "ReplyError") return undefined;
    throw error;
  }
}

/** RESP2 answers a flat list, RESP3 a map. */
function toRecord(answer: unknown): Info {
  if (!Array.isArray(answer)) return answer as Info;
  const pairs = answer.flatMap((name, index) =>
    index % 2 === 0 ? [[String(name), String(answer[index + 1])] as const] : [],
  );
  return Object.fromEntries(pairs);
}

function parseInfo(text: string): Info {
  const pairs = text
    .split("\r\n")
    .filter((line) => line.includes(":"))
    .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)] as const);
  return Object.fromEntries(pairs);
}
