import { Redis } from "ioredis";
import { waitUntil } from "../../cli/up/wait.ts";
import { RedisServer } from "./redis-server.ts";
import { freePort } from "./user.ts";

/** Several Redis processes that belong together. */
export interface RedisTopology {
  /** As MCPGW_REDIS_URL takes it. */
  readonly url: string;
  readonly servers: readonly RedisServer[];
  stop(): Promise<void>;
}

const durable = ["appendonly yes", "maxmemory-policy noeviction"];
const slots = 16_384;

/** Starts a Redis Cluster of three masters, and as many replicas where they are wanted: those are behind the masters in `servers`, in their order. */
export async function startRedisCluster(
  options: { readonly withReplicas?: boolean } = {},
): Promise<RedisTopology> {
  const nodeCount = options.withReplicas ? 6 : 3;
  const nodesInOrder = Array.from({ length: nodeCount }, (_, index) => index);
  const servers = await Promise.all(
    nodesInOrder.map(async () => {
      const busPort = await freePort();
      const settings = [
        "cluster-enabled yes",
        `cluster-port ${busPort}`,
        "cluster-node-timeout 2000",
      ];
      const server = await RedisServer.start([...durable, ...settings]);
      return { server, busPort };
    }),
  );
  const [first] = servers;
  for (const [index, { server, busPort }] of servers.entries()) {
    const from = Math.floor((index * slots) / 3);
    const to = Math.floor(((index + 1) * slots) / 3) - 1;
    if (index < 3) await ask(server, "CLUSTER", "ADDSLOTSRANGE", from, to);
    if (first && first.server !== server) {
      await ask(first.server, "CLUSTER", "MEET", "127.0.0.1", server.port, busPort);
    }
  }
  const all = servers.map(({ server }) => server);
  await until("the cluster is whole", async () => {
    const infos = await Promise.all(all.map((server) => ask(server, "CLUSTER", "INFO")));
    return infos.every(
      (info) =>
        /cluster_state:ok/.test(String(info)) &&
        new RegExp(`known_nodes:${nodeCount}`).test(String(info)),
    );
  });
  for (const [index, replica] of all.slice(3).entries()) await follow(replica, all[index]);
  const nodes = all.map(({ port }) => `127.0.0.1:${port}`).join(",");
  return { url: `redis+cluster://${nodes}`, servers: all, stop: () => stopAll(all) };
}

/** A primary, a replica and three sentinels, which make the replica the primary when the primary is silent for a second. */
export async function startRedisSentinel(): Promise<RedisTopology> {
  const primary = await RedisServer.start(durable);
  const replica = await RedisServer.start([...durable, `replicaof 127.0.0.1 ${primary.port}`]);
  await until("the replica follows", async () =>
    /master_link_status:up/.test(String(await ask(replica, "INFO", "replication"))),
  );
  const watch = [
    `sentinel monitor main 127.0.0.1 ${primary.port} 2`,
    "sentinel down-after-milliseconds main 1000",
    "sentinel failover-timeout main 3000",
    "sentinel parallel-syncs main 1",
  ];
  const sentinels = await Promise.all(
    [0, 1, 2].map(() => RedisServer.start(watch, { arguments: ["--sentinel"] })),
  );
  await until("the sentinels know each other and the replica", async () => {
    const [sentinel] = sentinels;
    if (!sentinel) return false;
    const [others, replicas] = await Promise.all([
      ask(sentinel, "SENTINEL", "sentinels", "main"),
      ask(sentinel, "SENTINEL", "replicas", "main"),
    ]);
    return (others as unknown[]).length === 2 && (replicas as unknown[]).length === 1;
  });
  const nodes = sentinels.map(({ port }) => `127.0.0.1:${port}`).join(",");
  const servers = [primary, replica, ...sentinels];
  return { url: `redis+sentinel://${nodes}/main`, servers, stop: () => stopAll(servers) };
}

async function follow(replica: RedisServer, master: RedisServer | undefined): Promise<void> {
  if (!master) return;
  const id = String(await ask(master, "CLUSTER", "MYID"));
  await ask(replica, "CLUSTER", "REPLICATE", id);
  await until("the replica follows", async () =>
    /master_link_status:up/.test(String(await ask(replica, "INFO", "replication"))),
  );
}

async function ask({ url }: RedisServer, command: string, ...args: (string | number)[]) {
  const redis = new Redis(url);
  try {
    return await redis.call(command, ...args);
  } finally {
    redis.disconnect();
  }
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  if (await waitUntil(isSo, { deadlineMs: 30_000, everyMs: 50 })) return;
  throw new Error(`it did not come about within 30 s that ${what}`);
}

async function stopAll(servers: readonly RedisServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
}
