import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { canonicalText, hashOf } from "../../core/audit/chain/canonical-record.ts";
import { CheckpointKey } from "../../core/audit/chain/checkpoint-key.ts";
import { Checkpoints } from "../../core/audit/chain/checkpoints.ts";
import { RecordChain } from "../../core/audit/chain/record-chain.ts";
import type { AuditRecord } from "../../core/audit/record.ts";
import { ChainVerifier } from "../../core/audit/verify/chain-verifier.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import { freshRedisUrl } from "../../test/support/redis.ts";
import { pagesOf } from "./stream-pages.ts";

/** Whoever may write to Redis does something to one record of the stream, anywhere; the same is done to a file. */

type Entry = readonly string[];
type Chance = () => number;

const rounds = 60;
let redis: Redis;

beforeAll(async () => {
  redis = connectRedis(await freshRedisUrl(), "durable", () => {});
});
afterAll(() => redis.disconnect());

const recordOf = (entry: Entry | undefined) => JSON.parse(entry?.[3] ?? "null") as AuditRecord;
const entryOf = (record: AuditRecord): Entry => {
  const { id, producer = "", bootId = "", sequence } = record;
  const d = JSON.stringify(record);
  return ["id", id, "d", d, "p", producer, "b", bootId, "s", String(sequence)];
};
const hashed = ({ hash: _, ...record }: AuditRecord): AuditRecord => ({
  ...record,
  hash: hashOf(canonicalText(record)),
});
const place = (chance: Chance, entries: readonly Entry[]) =>
  3 + Math.floor(chance() * (entries.length - 5));

/** What is done, and which record must be named first. */
const tamperings: Readonly<
  Record<string, (entries: Entry[], chance: Chance) => { result: Entry[]; named: AuditRecord }>
> = {
  removed: (entries, chance) => {
    const at = place(chance, entries);
    return { result: entries.toSpliced(at, 1), named: recordOf(entries[at]) };
  },
  changed: (entries, chance) => {
    const at = place(chance, entries);
    const record = recordOf(entries[at]);
    const fields = [{ agent: "mallory" }, { time: "2020-01-01T00:00:00.000Z" }, { result: null }];
    const change = fields[Math.floor(chance() * fields.length)];
    return { result: entries.with(at, entryOf({ ...record, ...change })), named: record };
  },
  "changed with its hash": (entries, chance) => {
    const at = place(chance, entries);
    const record = recordOf(entries[at]);
    const changed = entryOf(hashed({ ...record, agent: "mallory" }));
    return { result: entries.with(at, changed), named: record };
  },
  moved: (entries, chance) => {
    const at = place(chance, entries);
    const record = recordOf(entries[at]);
    const isOfChain = (it: Entry) => recordOf(it).producer === record.producer;
    const next = entries.findIndex((it, index) => index > at && isOfChain(it));
    const to = next < 0 ? at : next;
    return { result: entries.toSpliced(at, 1).toSpliced(to, 0, entries[at] ?? []), named: record };
  },
  "inserted with another's number": (entries, chance) => {
    const at = place(chance, entries);
    const model = recordOf(entries[at]);
    const forged = hashed({ ...model, id: "forged", agent: "mallory", event: "request" });
    return { result: entries.toSpliced(at, 0, entryOf(forged)), named: forged };
  },
  "inserted as a chain of its own": (entries, chance) => {
    const chain = new RecordChain({ producer: "mallory" });
    const started = new Checkpoints(chain, CheckpointKey.ephemeral()).start(undefined, []);
    const forged = JSON.parse(started.text) as AuditRecord;
    return { result: entries.toSpliced(place(chance, entries), 0, entryOf(forged)), named: forged };
  },
};

it("finds nothing in a stream that nobody touched, nor in one with repeats", async () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const { entries, keys } = writeStream(random(seed));
    const at = place(random(seed), entries);
    const repeated = entries.toSpliced(at + 1, 0, entries[at] ?? []);
    expect(await verifyStream(entries, keys)).toEqual([]);
    expect(await verifyStream(repeated, keys)).toEqual([]);
    expect(verifyFile(repeated, keys)).toEqual([]);
  }
});

it.each(Object.entries(tamperings))(
  "names the record that was %s, in the stream and in a file",
  async (_, tamper) => {
    for (let seed = 1; seed <= rounds; seed += 1) {
      const chance = random(seed);
      const { entries, keys } = writeStream(chance);
      const { result, named } = tamper([...entries], chance);
      if (JSON.stringify(result) === JSON.stringify(entries)) continue;
      for (const problems of [await verifyStream(result, keys), verifyFile(result, keys)]) {
        const [first = ""] = problems;
        const { producer = "", sequence = 0 } = named;
        expect(first, `seed ${seed}: record ${sequence} of ${producer}`).toContain(producer);
        expect(numbersIn(first)).toContainEqual([
          expect.toSatisfy((from: number) => from <= sequence + 1),
          expect.toSatisfy((to: number) => to >= sequence),
        ]);
      }
    }
  },
);

/** "record 7 of", "records 7 to 9 of" and the like. */
function numbersIn(message: string): [number, number][] {
  return [...message.matchAll(/records? (\d+)(?: to (\d+))? of/g)].map(([, from, to]) => [
    Number(from),
    Number(to ?? from),
  ]);
}

/** A control plane that tells where the chains of two proxies stand. The order in which they write is chance. */
function writeStream(chance: Chance): { entries: Entry[]; keys: string[] } {
  const producers = ["plane", "proxy-1", "proxy-2"].map((producer) => {
    const chain = new RecordChain({ producer });
    const key = CheckpointKey.ephemeral();
    return { chain, key, checkpoints: new Checkpoints(chain, key) };
  });
  const [plane, ...proxies] = producers;
  const heads = () => proxies.flatMap(({ chain }) => chain.head ?? []);
  const texts = producers.map(({ checkpoints }) => checkpoints.start(undefined, []).text);
  const tell = () => texts.push(plane?.checkpoints.checkpoint(heads()).text ?? "");
  tell();
  for (let count = 0; count < 40; count += 1) {
    const one = producers[Math.floor(chance() * producers.length)];
    if (chance() < 0.1) tell();
    else texts.push(one?.chain.add({ event: "request", agent: `a${count}`, result: 1 }).text ?? "");
  }
  for (const { checkpoints } of proxies) texts.push(checkpoints.stop().text);
  tell();
  texts.push(plane?.checkpoints.stop().text ?? "");
  const entries = texts.map((text) => entryOf(JSON.parse(text)));
  return { entries, keys: producers.map(({ key }) => key.publicKey) };
}

async function verifyStream(entries: readonly Entry[], trustedKeys: string[]): Promise<string[]> {
  const transaction = redis.multi().del(redisKeys.auditStream);
  for (const entry of entries) transaction.xadd(redisKeys.auditStream, "*", ...entry);
  await transaction.exec();
  const verifier = new ChainVerifier({ trustedKeys, isWhole: true });
  for await (const page of pagesOf(redis, { fromMs: undefined, toMs: undefined })) {
    for (const { entry, json } of page) verifier.take(json, entry, entry);
  }
  return verifier.end().problems.map(({ message }) => message);
}

function verifyFile(entries: readonly Entry[], trustedKeys: string[]): string[] {
  const verifier = new ChainVerifier({ trustedKeys });
  for (const [index, entry] of entries.entries()) verifier.take(entry[3] ?? "", `line ${index}`);
  return verifier.end().problems.map(({ message }) => message);
}

function random(seed: number): Chance {
  let state = seed * 7_919;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
