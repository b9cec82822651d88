import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { startRedis, type TestRedis } from "../../../test/support/redis.ts";
import { redisKeys } from "../keys.ts";
import type { Exchange } from "./exchange.ts";
import { PeerLink } from "./peer-link.ts";

let server: TestRedis;
const closers: (() => void)[] = [];
beforeEach(async () => {
  server = await startRedis();
});
afterEach(async () => {
  for (const close of closers.splice(0)) close();
  await server.stop();
});

function connect(): Redis {
  const redis = new Redis(server.url, { retryStrategy: () => 50, maxRetriesPerRequest: 0 });
  redis.on("error", () => {});
  closers.push(() => redis.disconnect());
  return redis;
}

async function startLink(): Promise<PeerLink> {
  const [publisher, subscriber] = [connect(), connect()];
  const link = new PeerLink({ publisher, subscriber, aliveEveryMs: 50 });
  closers.unshift(() => link.close());
  await vi.waitFor(async () => {
    const channel = redisKeys.peerChannel(link.name);
    expect(await publisher.pubsub("NUMSUB", channel)).toEqual([channel, 1]);
    expect(subscriber.status).toBe("ready");
  });
  return link;
}

/** Two links, and an exchange that one of them opened. */
async function startExchange() {
  const [one, two] = [await startLink(), await startLink()];
  const served = new Promise<Exchange>((resolve) => {
    two.serve("talk", async (_opening, exchange) => {
      resolve(exchange);
      await new Promise((over) => exchange.signal.addEventListener("abort", over));
    });
  });
  const asking = await one.open(two.name, "talk", {});
  return { one, two, asking, served: await served };
}

it("brings messages both ways in order, also those larger than what may be under way", async () => {
  const { asking, served } = await startExchange();
  const large = "\u{1f600}".repeat(1_000_000);
  const sent = Promise.all([1, large, { two: 2 }].map((message) => asking.send(message)));
  expect(await served.next()).toBe(1);
  expect((await served.next()) === large).toBe(true);
  expect(await served.next()).toEqual({ two: 2 });
  await sent;
  await served.send("back");
  expect(await asking.next()).toBe("back");
});

it("lets nobody say more than is taken", async () => {
  const { asking, served } = await startExchange();
  let said = 0;
  const saying = Array.from({ length: 100 }, async () => {
    await asking.send("x".repeat(10_000));
    said += 1;
  });
  await vi.waitFor(() => expect(said).toBeGreaterThan(20));
  await served.send("I take nothing");
  expect(await asking.next()).toBe("I take nothing");
  expect(said).toBeLessThan(30);
  for (let taken = 0; taken < 100; taken += 1) await served.next();
  await Promise.all(saying);
});

it("says everything before it ends", async () => {
  const { asking, served } = await startExchange();
  const sent = asking.send("last words");
  asking.end();
  await sent;
  expect(await served.next()).toBe("last words");
  expect(await served.next()).toBeUndefined();
});

it("knows at once that nobody is there", async () => {
  const one = await startLink();
  closers.push(() => now.mockRestore());
  const now = vi.spyOn(Date, "now").mockReturnValue(Date.now() + 60_000);
  await expect(one.open("nobody", "talk", {})).rejects.toMatchObject({ kind: "gone" });
});

it("gives up a peer that falls silent, although Redis still believes in it", async () => {
  const one = await startLink();
  await connect().subscribe(redisKeys.peerChannel("silent"));
  const exchange = await one.open("silent", "talk", {});
  await expect(exchange.next()).rejects.toMatchObject({ kind: "gone" });
});

it("keeps an exchange in which nobody says anything, while both live", async () => {
  const { asking, served } = await startExchange();
  const ticks = vi.fn();
  const listener = connect();
  await listener.subscribe(redisKeys.peerChannel(asking.peer));
  listener.on("message", (_channel, text: string) => text.includes('"alive"') && ticks());
  await vi.waitFor(() => expect(ticks.mock.calls.length).toBeGreaterThan(10), { timeout: 5_000 });
  await served.send("still here");
  expect(await asking.next()).toBe("still here");
});

it("ends on both sides when a part was lost", async () => {
  const { one, two, asking, served } = await startExchange();
  const publish = vi.spyOn(Redis.prototype, "publish");
  publish.mockImplementationOnce(async () => 1);
  await served.send("lost");
  publish.mockRestore();
  await served.send("heard");
  await expect(asking.next()).rejects.toMatchObject({ kind: "lost" });
  await expect(served.next()).rejects.toMatchObject({ kind: "lost" });
  expect(one.name).not.toBe(two.name);
});

it("takes no word from a third", async () => {
  const { two, asking, served } = await startExchange();
  const [third] = [connect()];
  const seen = vi.spyOn(Redis.prototype, "publish");
  await asking.send("mine");
  const [, frame] = seen.mock.calls.find(([, text]) => String(text).includes("mine")) ?? [];
  seen.mockRestore();
  const [, id] = JSON.parse(String(frame));
  const forged = JSON.stringify(["third", id, 3, "last", '"forged"']);
  await third?.publish(redisKeys.peerChannel(two.name), forged);
  await asking.send("mine too");
  expect([await served.next(), await served.next()]).toEqual(["mine", "mine too"]);
});

it("says that Redis is away, for what is under way and for what begins", async () => {
  const { one, two, asking } = await startExchange();
  const waiting = asking.next();
  await Promise.all([
    expect(waiting).rejects.toMatchObject({ kind: "unreachable" }),
    server.stop(),
  ]);
  await expect(one.open(two.name, "talk", {})).rejects.toMatchObject({ kind: "unreachable" });
});
