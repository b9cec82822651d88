import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { redisKeys } from "../../core/redis/keys.ts";
import { digestToken, hintOf } from "../../core/secrets/tokens.ts";
import { AgentService } from "../../proto/gen/mcpgateway/v1/agent_service_pb.ts";
import {
  ConfigService,
  ProxyKind,
  type StreamConfigResponse,
} from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";

const { createAgent, listAgents, revokeAgent, rotateAgentKey } = AgentService.method;
let upstream: TestUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await TestGateway.start(
    {
      upstreams: [{ name: "up", url: upstream.url }],
      routes: [{ path: "/mcp", upstreams: ["up"] }],
      rules: [{ name: "all", match: {}, action: Action.ALLOW }],
    },
    { proxies: 2 },
  );
});
afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

describe("the key of an agent", () => {
  it("is told from a misspelt one before anybody looks it up", async () => {
    const key = await gateway.createAgent("speller");
    const swapped = key.slice(0, 20) + (key[20] === "a" ? "b" : "a") + key.slice(21);

    expect(await tryKey(swapped)).toMatchObject({
      status: 401,
      text: expect.stringMatching(/misspelt/),
    });
    expect(await tryKey(key.slice(0, -3))).toMatchObject({
      status: 401,
      text: expect.stringMatching(/characters/),
    });
    expect(await tryKey("secret")).toMatchObject({
      status: 401,
      text: expect.stringMatching(/does not begin with/),
    });
    expect(await tryKey(key)).toMatchObject({ status: 200 });
  });

  it("ends at proxies that hold newer agents than Redis, which has lost some changes", async () => {
    const revoked = await gateway.createAgent("revoked-later");
    const watcher = gateway.clientOf(gateway.joinToken);
    const stream = watcher.open(ConfigService.method.streamConfig);
    stream.on("error", () => {});
    let told: bigint | undefined;
    stream.on("data", ({ content }: StreamConfigResponse) => {
      if (content.case === "agents") told = content.value.revision;
    });
    const hello = { proxyId: "watcher", kind: ProxyKind.BRIDGE, takesAgentChanges: true };
    stream.write({ event: { case: "hello", value: hello } });
    await gateway.redis.set(redisKeys.agentsRevision, 5);
    await vi.waitFor(() => expect(told).toBe(5n), { timeout: 10_000 });
    stream.cancel();
    watcher.close();

    await gateway.operator.call(revokeAgent, { id: "revoked-later" });

    await vi.waitFor(
      async () => {
        for (const proxy of [0, 1]) {
          expect(await tryKey(revoked, proxy)).toMatchObject({ status: 401 });
        }
      },
      { timeout: 10_000 },
    );
  });

  it("is stored as a digest that Redis alone cannot make", async () => {
    const key = await gateway.createAgent("stored");
    const record = await gateway.redis.hget(redisKeys.agents, "stored");

    expect(record).not.toContain(key);
    expect(record).not.toContain(digestToken(key).toString("hex"));
    const forged = { ...JSON.parse(record ?? ""), id: "forged" };
    const made = "mcpgw_agent_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    forged.keys[0].digest = digestToken(made).toString("hex");
    await gateway.redis.hset(redisKeys.agents, "forged", JSON.stringify(forged));
    await gateway.redis.incr(redisKeys.agentsRevision);
    await gateway.createAgent("after-forging");
    expect(await tryKey(made)).toMatchObject({ status: 401 });
    await gateway.operator.call(revokeAgent, { id: "forged" });
  });

  it("of an earlier release, stored as a plain digest, is accepted and marked", async () => {
    const old = "mcpgw_agent_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
    const digest = digestToken(old).toString("hex");
    const keys = [{ hint: "mcpgw_agent_BBBB", digest, createdAtMs: 1 }];
    const agent = { id: "old", groups: [], createdAtMs: 1, createdBy: "x", keys };
    await gateway.redis.hset(redisKeys.agents, "old", JSON.stringify(agent));
    // The proxies are told of what was announced, and of everything when something was not.
    await gateway.redis.incr(redisKeys.agentsRevision);
    await gateway.createAgent("after-old");

    expect(await tryKey(old)).toMatchObject({ status: 200 });
    expect((await find("old"))?.keys).toMatchObject([{ isOldForm: true }]);
  });

  it("goes on for the overlap of a rotation, and not longer", async () => {
    const first = await gateway.createAgent("rotating");
    const oldKeysUntil = timestampFromMs(Date.now() + 3_600_000);
    const { key: second } = await gateway.operator.call(rotateAgentKey, {
      id: "rotating",
      oldKeysUntil,
    });
    await vi.waitFor(async () => expect((await tryKey(second)).status).toBe(200));
    expect((await tryKey(first)).status).toBe(200);

    const { key: third } = await gateway.operator.call(rotateAgentKey, { id: "rotating" });
    await vi.waitFor(async () => expect((await tryKey(third)).status).toBe(200));
    expect((await tryKey(first)).status).toBe(401);
    expect((await tryKey(second)).status).toBe(401);
  });

  it("ends alone when it alone is revoked", async () => {
    const first = await gateway.createAgent("several");
    const { key: second } = await gateway.operator.call(createAgent, { id: "several" });
    await vi.waitFor(async () => expect((await tryKey(second)).status).toBe(200));

    await gateway.operator.call(revokeAgent, { id: "several", keyHint: hintOf(first) });

    await vi.waitFor(async () => expect((await tryKey(first)).status).toBe(401));
    expect((await tryKey(second)).status).toBe(200);
  });

  it("is refused by every proxy soon after it was revoked, with ten thousand other agents", async () => {
    const key = await gateway.createAgent("leaver");
    await addAgents(10_000);
    // The table arrives whole before it is changed again.
    const last = await gateway.createAgent("last-of-many");
    expect((await tryKey(last)).status).toBe(200);

    await gateway.operator.call(revokeAgent, { id: "leaver" });

    await vi.waitFor(
      async () => {
        expect((await tryKey(key, 0)).status).toBe(401);
        expect((await tryKey(key, 1)).status).toBe(401);
      },
      { timeout: 1_000, interval: 10 },
    );
  });

  it("shows when it was used last, once its proxy has said so", async () => {
    const proxy = await gateway.addProxy();
    const key = await gateway.createAgent("user");
    expect((await tryKey(key, 2)).status).toBe(200);
    await proxy.close();

    const [used] = (await find("user"))?.keys ?? [];
    expect(Number(used?.lastUsedAt?.seconds)).toBeGreaterThan(Date.now() / 1_000 - 60);
  });
});

async function addAgents(count: number): Promise<void> {
  const record = JSON.parse((await gateway.redis.hget(redisKeys.agents, "leaver")) ?? "");
  const pipeline = gateway.redis.pipeline();
  for (let index = 0; index < count; index += 1) {
    const digest = digestToken(`${index}`).toString("hex");
    const keys = [{ ...record.keys[0], digest }];
    const agent = { ...record, id: `crowd-${index}`, groups: ["one-group", "another"], keys };
    pipeline.hset(redisKeys.agents, agent.id, JSON.stringify(agent));
  }
  await pipeline.exec();
}

async function find(id: string) {
  const { agents } = await gateway.operator.call(listAgents, {});
  return agents.find((agent) => agent.id === id);
}

async function tryKey(key: string, proxy = 0) {
  const ping = {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: "echo", arguments: { text: "x" } },
  };
  const { status, text } = await post(gateway.url(proxy), ping, { authorization: `Bearer ${key}` });
  return { status, text };
}
