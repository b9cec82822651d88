import { afterEach, describe, expect, it } from "vitest";
import { connectRedis } from "../../core/redis/connect.ts";
import {
  type RedisTopology,
  startRedisCluster,
  startRedisSentinel,
} from "../../test/support/redis-topologies.ts";
import { TaintStore } from "./taint-store.ts";

let topology: RedisTopology | undefined;
let redis: ReturnType<typeof connectRedis> | undefined;

afterEach(async () => {
  redis?.disconnect();
  await topology?.stop();
});

describe("what agents have read", () => {
  it.each([
    ["a Redis Cluster", startRedisCluster],
    ["Redis with sentinels", startRedisSentinel],
  ])(
    "is kept by %s, each agent's in one slot",
    async (_, start) => {
      topology = await start();
      const connected = connectRedis(topology.url, "limits", () => {});
      redis = connected;
      await new Promise((resolve) => connected.once("ready", resolve));
      const store = new TaintStore(connected);
      const digestOf = (number: number) => ({ low: number * 2, high: 0x5eed_0000 + number });
      const traces = Array.from({ length: 9_000 }, (__, number) => digestOf(number));
      const nobody = digestOf(9_999);
      const agents = Array.from({ length: 12 }, (__, number) => `agent-${number}`);
      const ownerOf = (agent: string) => ({ tenant: "", agent, forMs: 60_000 });

      for (const agent of agents) {
        const reading = {
          labels: ["reads-private"],
          names: [digestOf(agents.indexOf(agent))],
          traces,
          isUntrusted: true,
        };
        const source = { call: agent, tool: "files/read", at: 1 };
        await store.note(ownerOf(agent), { ...reading, labels: ["reads-private"] }, source);
      }

      for (const agent of agents) {
        const taint = await store.look(ownerOf(agent), {
          traces,
          names: [digestOf(agents.indexOf(agent)), nobody],
        });
        expect(taint.labels.get("reads-private")?.call).toBe(agent);
        expect([...taint.names.keys()]).toEqual([digestOf(agents.indexOf(agent))]);
        expect(taint.traces.size).toBe(9_000);
      }
    },
    60_000,
  );
});
