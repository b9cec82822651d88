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

/** What an agent or session has read so far. */
export type Taint = ReadonlyMap<SessionLabel, Source>;

/** Whose reading it is, and for how long it is remembered. */
export interface TaintOwner {
  readonly tenant: string;
  readonly agent: string;
  /** Absent: all sessions of the agent. */
  readonly session?: string;
  readonly forMs: number;
}

const deadlineMs = 1_000;
const maxToolLength = 200;

type Script = (...keysAndArguments: (string | number)[]) => Promise<string[]>;

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
  async look(owner: TaintOwner): Promise<Taint> {
    const asked = this.#redis.mcpgwLookAtTaint(1, keyOf(owner), owner.forMs);
    const fields = await withinDeadline(asked, deadlineMs);
    const taint = new Map<SessionLabel, Source>();
    for (let index = 0; index + 1 < fields.length; index += 2) {
      const label = sessionLabels.find((it) => it === fields[index]);
      if (label) taint.set(label, JSON.parse(fields[index + 1] ?? "{}") as Source);
    }
    return taint;
  }

  /** Notes what is read. The first source of a label stays. */
  async note(owner: TaintOwner, labels: readonly SessionLabel[], source: Source): Promise<void> {
    const text = JSON.stringify({ ...source, tool: source.tool.slice(0, maxToolLength) });
    const noted = labels.flatMap((label) => [label, text]);
    await withinDeadline(
      this.#redis.mcpgwNoteTaint(1, keyOf(owner), owner.forMs, ...noted),
      deadlineMs,
    );
  }
}

/** Agents choose their names, and sessions are secrets: neither stands in a key. */
function keyOf({ tenant, agent, session }: TaintOwner): string {
  return redisKeys.taint(hashCode(JSON.stringify([tenant, agent, session ?? null])));
}
