import { readFileSync } from "node:fs";
import type { Redis } from "ioredis";
import { hashCode } from "../../core/limits/subject-code.ts";
import { type SessionLabel, sessionLabels } from "../../core/policy/flow-labels.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import { withinDeadline } from "../../core/redis/within-deadline.ts";

/** The call by which something was read first. */
export interface Source {
  /** Id of the call. */
  readonly call: string;
  /** "upstream/tool", or what else was read. */
  readonly tool: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Whose reading it is, and for how long it is remembered. */
export interface TaintOwner {
  readonly tenant: string;
  readonly agent: string;
  /** Absent: all sessions of the agent. */
  readonly session?: string;
  readonly forMs: number;
}

/** What is looked for among what was read: digests, by what they are of. */
export interface Wanted {
  readonly traces: readonly string[];
  readonly names: readonly string[];
}

/** What an agent or session has read so far. */
export interface Taint {
  readonly labels: ReadonlyMap<SessionLabel, Source>;
  /** Of what was wanted, what was read: by its digest. The source is absent where it is too long ago. */
  readonly traces: ReadonlyMap<string, Source | undefined>;
  /** Names that something untrusted said first. */
  readonly names: ReadonlyMap<string, Source | undefined>;
  /** Whether anything private has left traces. */
  readonly hasTraces: boolean;
  /** Whether anything that was read has named something. */
  readonly hasNames: boolean;
}

/** What is read now. */
export interface Reading extends Wanted {
  readonly labels: readonly SessionLabel[];
  /** Whether what says the names is untrusted. */
  readonly isUntrusted: boolean;
}

const deadlineMs = 1_000;
const maxToolLength = 200;

type Script = (...keysAndArguments: (string | number)[]) => Promise<unknown>;

const scripts = { mcpgwNoteTaint: "note", mcpgwLookAtTaint: "look" } as const;

type TaintRedis = Redis & Readonly<Record<keyof typeof scripts, Script>>;

/** What agents have read, in Redis: the same for all proxies. Each method rejects when Redis does not answer within a second. */
export class TaintStore {
  readonly #redis: TaintRedis;

  /** Wants a connection that refuses at once when Redis is not there (purpose "limits"), to the Redis that keeps. */
  constructor(redis: Redis) {
    for (const [name, file] of Object.entries(scripts)) {
      const lua = readFileSync(new URL(`./${file}.lua`, import.meta.url), "utf8");
      redis.defineCommand(name, { lua });
    }
    this.#redis = redis as TaintRedis;
  }

  /** What was noted of it, and not so long ago that it is forgotten. */
  async look(owner: TaintOwner, { traces, names }: Wanted): Promise<Taint> {
    const asked = this.#redis.mcpgwLookAtTaint(
      3,
      ...keysOf(owner),
      owner.forMs,
      traces.join(),
      names.join(),
      ...sessionLabels,
    );
    const [sources, readTraces, readNames, hasTraces, hasNames] = (await withinDeadline(
      asked,
      deadlineMs,
    )) as Looked;
    return {
      labels: new Map(
        sessionLabels.flatMap((label, index) => {
          const source = sourceIn(sources[index]);
          return source ? [[label, source] as const] : [];
        }),
      ),
      traces: sourcesOf(readTraces, traces),
      names: sourcesOf(readNames, names),
      hasTraces: hasTraces === 1,
      hasNames: hasNames === 1,
    };
  }

  /** Notes what is read. The first source of a label, and of a name, stays. */
  async note(owner: TaintOwner, reading: Reading, source: Source): Promise<void> {
    const { labels, traces, names, isUntrusted } = reading;
    const asked = this.#redis.mcpgwNoteTaint(
      3,
      ...keysOf(owner),
      owner.forMs,
      JSON.stringify({ ...source, tool: source.tool.slice(0, maxToolLength) }),
      isUntrusted ? "u" : "t",
      traces.join(),
      names.join(),
      ...labels,
    );
    await withinDeadline(asked, deadlineMs);
  }
}

type Hits = readonly (readonly [place: number, source: string])[];

type Looked = readonly [
  sources: readonly (string | null)[],
  traces: Hits,
  names: Hits,
  hasTraces: number,
  hasNames: number,
];

function sourcesOf(hits: Hits, wanted: readonly string[]): ReadonlyMap<string, Source | undefined> {
  return new Map(hits.map(([place, source]) => [wanted[place] ?? "", sourceIn(source)]));
}

function sourceIn(text: string | null | undefined): Source | undefined {
  return text ? (JSON.parse(text) as Source) : undefined;
}

/** Agents choose their names, and sessions are secrets: neither stands in a key. */
function keysOf({ tenant, agent, session }: TaintOwner): readonly string[] {
  const who = hashCode(JSON.stringify([tenant, agent, session ?? null]));
  return [redisKeys.taint(who), redisKeys.taintTraces(who), redisKeys.taintNames(who)];
}
