import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Redis } from "ioredis";
import { hashCode } from "../../core/limits/subject-code.ts";
import { sessionLabels } from "../../core/policy/flow-labels.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import { withinDeadline } from "../../core/redis/within-deadline.ts";
import { CopiesByOwner, type LogCopies } from "./log-copies.ts";
import type { Reading, Source, Taint, TaintOwner, Wanted } from "./taint.ts";
import type { Digest } from "./trace/digest-table.ts";
import { recordsOf, type TraceLog } from "./trace-log.ts";

const deadlineMs = 1_000;
const maxToolLength = 200;

/** What is seen of what agents have read is kept in memory, too: some thirty of those who have read most, or thousands of others. */
const maxCopiedBytes = 67_108_864;
/** Of more sources of one call it is not said what they are. */
const maxSources = 100;
/** What is so new as half of what is kept need not be noted again. */
const newRecords = 24_576;

type Script = (...keysAndArguments: (string | number | Buffer)[]) => Promise<unknown>;

const scripts = { mcpgwNoteTaint: "note", mcpgwLookAtTaint: "look" } as const;

type TaintRedis = Redis & Readonly<Record<`${keyof typeof scripts}Buffer`, Script>>;

/** What agents have read, in Redis: the same for all proxies. Each method rejects when Redis does not answer within a second. */
export class TaintStore {
  readonly #redis: TaintRedis;
  readonly #copies: CopiesByOwner;

  /** Wants a connection that refuses at once when Redis is not there (purpose "limits"), to the Redis that keeps. */
  constructor(redis: Redis, maxBytes = maxCopiedBytes) {
    for (const [name, file] of Object.entries(scripts)) {
      const lua = readFileSync(new URL(`./${file}.lua`, import.meta.url), "utf8");
      redis.defineCommand(name, { lua });
    }
    this.#redis = redis as TaintRedis;
    this.#copies = new CopiesByOwner(maxBytes);
  }

  /** What was noted of it, and not so long ago that it is forgotten. */
  async look(owner: TaintOwner, wanted: Wanted): Promise<Taint> {
    return await withinDeadline(this.#look(owner, wanted), deadlineMs);
  }

  /** Notes what is read. The first source of a label, and of a name, stays. */
  async note(owner: TaintOwner, reading: Reading, source: Source): Promise<void> {
    await withinDeadline(this.#note(owner, reading, source), deadlineMs);
  }

  async #look(owner: TaintOwner, wanted: Wanted): Promise<Taint> {
    const who = whoIs(owner);
    const copies = this.#copies.of(who);
    let asked = await this.#ask(owner, copies, wanted);
    while (!asked.fits) {
      copies.traces.forget();
      copies.names.forget();
      asked = await this.#ask(owner, copies, wanted);
    }
    this.#copies.measure(who);
    const traces = recordsIn(copies.traces, wanted.traces);
    const names = recordsIn(
      copies.names,
      wanted.names.filter((name) => copies.names.isUntrusted(name)),
    );
    const sources = await this.#sourcesOf(who, [...traces.values(), ...names.values()]);
    const sourceOf = (number: number | undefined) => sources.get(number ?? -1);
    return {
      ...asked.taint,
      traces: new Map([...traces].map(([digest, number]) => [digest, sourceOf(number)])),
      names: new Map([...names].map(([digest, number]) => [digest, sourceOf(number)])),
    };
  }

  /** Brings the copies to what Redis has. */
  async #ask(owner: TaintOwner, { traces, names }: LogCopies, wanted: Wanted) {
    const lists = [
      { log: traces, isWanted: wanted.traces.length > 0 },
      { log: names, isWanted: wanted.names.length > 0 },
    ].map((list) => ({ ...list, ...list.log.seen, generation: list.log.generation }));
    const answered = (await this.#redis.mcpgwLookAtTaintBuffer(
      3,
      ...keysOf(whoIs(owner)),
      owner.forMs,
      ...lists.flatMap(({ isWanted, checkedAt, check, end }) => [
        isWanted ? "1" : "",
        checkedAt,
        check,
        end,
      ]),
      ...sessionLabels,
    )) as LookedAt;
    const [sources, ...parts] = answered;
    const fits = lists.every(({ log, isWanted, ...seen }, index) => {
      const [base, from, records] = parts[index] as Part;
      return !isWanted || log.take({ base, from, records }, seen);
    });
    const [ofTraces, ofNames] = parts;
    const taint = {
      labels: labelsIn(sources),
      hasTraces: ofTraces[3] === 1,
      hasNames: ofNames[3] === 1,
    };
    return { fits, taint };
  }

  async #sourcesOf(who: string, numbers: readonly (number | undefined)[]) {
    const wanted = [...new Set(numbers)].filter((it) => it !== undefined).slice(0, maxSources);
    if (wanted.length === 0) return new Map<number, Source>();
    const fields = wanted.map((number) => `source:${number}`);
    const found = await this.#redis.hmget(redisKeys.taint(who), ...fields);
    return new Map(
      wanted.flatMap((number, index) => {
        const source = sourceIn(found[index]);
        return source ? [[number, source] as const] : [];
      }),
    );
  }

  async #note(owner: TaintOwner, reading: Reading, source: Source): Promise<void> {
    const who = whoIs(owner);
    const copies = this.#copies.of(who);
    if (await this.#append(owner, { copies, reading, source, leavesOut: true })) return;
    // Redis has lost what is left out, or forgotten it.
    copies.traces.forget();
    copies.names.forget();
    await this.#append(owner, { copies, reading, source, leavesOut: false });
  }

  /** False: what was left out is not there, and nothing was noted. */
  async #append(
    owner: TaintOwner,
    { copies, reading, source, leavesOut }: Appending,
  ): Promise<boolean> {
    const { traces, names } = copies;
    const lists = [
      newIn(traces, reading.traces, leavesOut ? traces.end - newRecords : Number.POSITIVE_INFINITY),
      newIn(names, reading.names, leavesOut ? 0 : Number.POSITIVE_INFINITY),
    ].map((list, index) => ({
      ...list,
      records: recordsOf(list.digests, index === 1 && reading.isUntrusted),
    }));
    const noted = (await this.#redis.mcpgwNoteTaintBuffer(
      3,
      ...keysOf(whoIs(owner)),
      owner.forMs,
      JSON.stringify({ ...source, tool: source.tool.slice(0, maxToolLength) }),
      randomBytes(3).readUIntBE(0, 3),
      ...lists.flatMap(({ records, oldest, seen }) => [
        records,
        oldest,
        seen.checkedAt,
        seen.check,
        seen.end,
      ]),
      ...reading.labels,
    )) as Noted | null;
    if (noted === null) return false;
    for (const [index, { log, records, seen }] of lists.entries()) {
      const [base, from, unseen] = noted[index] as NotedPart;
      if (records.length === 0) continue;
      const own = () => Buffer.concat([noted[2], records]);
      log.take({ base, from, records: unseen.length > 0 ? unseen : own() }, seen);
    }
    this.#copies.measure(whoIs(owner));
    return true;
  }
}

interface Appending {
  readonly copies: LogCopies;
  readonly reading: Reading;
  readonly source: Source;
  readonly leavesOut: boolean;
}

type Part = readonly [base: number, from: number, records: Buffer, isThere: number];
type LookedAt = readonly [sources: readonly (Buffer | null)[], traces: Part, names: Part];
type NotedPart = readonly [base: number, from: number, unseen: Buffer];
type Noted = readonly [traces: NotedPart, names: NotedPart, beginning: Buffer];

/** What must be noted: all but what the list has since this record. */
function newIn(log: TraceLog, digests: readonly Digest[], since: number) {
  let oldest = -1;
  const fresh = digests.filter((digest) => {
    const number = log.numberOf(digest);
    if (number === undefined || number < since) return true;
    oldest = oldest < 0 ? number : Math.min(oldest, number);
    return false;
  });
  return { log, digests: fresh, oldest, seen: { ...log.seen, generation: log.generation } };
}

/** Of these digests those that are in the list, with the numbers of their sources. */
function recordsIn(log: TraceLog, digests: readonly Digest[]): Map<Digest, number | undefined> {
  const found = new Map<Digest, number | undefined>();
  for (const digest of digests) {
    const number = log.numberOf(digest);
    if (number !== undefined) found.set(digest, log.sourceOf(number));
  }
  return found;
}

function labelsIn(sources: readonly (Buffer | null)[]): Taint["labels"] {
  return new Map(
    sessionLabels.flatMap((label, index) => {
      const source = sourceIn(sources[index]?.toString());
      return source ? [[label, source] as const] : [];
    }),
  );
}

function sourceIn(text: string | null | undefined): Source | undefined {
  return text ? (JSON.parse(text) as Source) : undefined;
}

/** Agents choose their names, and sessions are secrets: neither stands in a key. */
function whoIs({ tenant, agent, session }: TaintOwner): string {
  return hashCode(JSON.stringify([tenant, agent, session ?? null]));
}

function keysOf(who: string): readonly string[] {
  return [redisKeys.taint(who), redisKeys.taintTraces(who), redisKeys.taintNames(who)];
}
