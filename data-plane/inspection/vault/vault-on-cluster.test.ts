import { randomBytes } from "node:crypto";
import { afterEach, expect, it } from "vitest";
import { connectRedis } from "../../../core/redis/connect.ts";
import { createLog } from "../../../core/service/log.ts";
import { type RedisTopology, startRedisCluster } from "../../../test/support/redis-topologies.ts";
import { RedactionKeys } from "../redaction-keys.ts";
import { Vault, type VaultOwner } from "./vault.ts";

let topology: RedisTopology | undefined;
let redis: ReturnType<typeof connectRedis> | undefined;

afterEach(async () => {
  redis?.disconnect();
  await topology?.stop();
});

it("keeps, finds and forgets on a Redis Cluster, what is of one agent in one slot", async () => {
  topology = await startRedisCluster();
  const connected = connectRedis(topology.url, "limits", () => {});
  redis = connected;
  await new Promise((resolve) => connected.once("ready", resolve));
  const keys = new RedactionKeys({ redactionKey: randomBytes(32) });
  const vault = new Vault({ redis: connected, keys, log: createLog("test", "silent") });
  const token = "[[mcpgw:email:abcdefghij]]";
  const value = "ann@corp-y.com";
  const route = { path: "/mcp" } as VaultOwner["route"];
  for (let number = 0; number < 12; number += 1) {
    const owner = { principal: { agent: `agent-${number}`, groups: [] }, route, session: "one" };
    expect(await vault.keep(owner, [{ token, type: "email", value }], 60_000)).toBe(0);
    expect((await vault.look(owner, [token])).get(token)).toBe(value);
    await vault.forget(owner);
    expect((await vault.look(owner, [token])).size).toBe(0);
  }
}, 60_000);
