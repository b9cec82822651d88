import { readFileSync } from "node:fs";
import type { Redis } from "ioredis";
import { hashCode } from "../../core/limits/subject-code.ts";
import { canonicalDefinition } from "../../core/pins/definition.ts";
import type { DefinitionKind, DefinitionName } from "../../core/pins/definition-kind.ts";
import { serverKeyOf } from "../../core/pins/server-key.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import { withinDeadline } from "../../core/redis/within-deadline.ts";
import type { Logger } from "../../core/service/log.ts";
import type { AgentRequest } from "../call/agent-request.ts";
import type { ListedDefinition } from "./listed-definition.ts";
import type { PinTable } from "./pin-table.ts";

/** Who was shown a list, and of which server. */
type Viewer = Pick<AgentRequest, "principal" | "session" | "upstream">;

export interface ShownListsOptions {
  /** A connection that refuses at once when Redis is not there (purpose "limits"), to the Redis that keeps. */
  readonly redis: Redis;
  readonly table: Pick<PinTable, "movedAt">;
  readonly log: Logger;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

interface Script {
  mcpgwNoteShown(...keysAndArguments: (string | number)[]): Promise<unknown>;
}

/** Who listed longer ago counts as somebody who never did; so long a change is looked at, too. */
const rememberedForMs = 7 * 24 * 60 * 60 * 1_000;
/** Agents choose how many sessions they begin. */
const maxListsOfAgent = 1_000;
const maxNames = 2_000;
const deadlineMs = 1_000;
const script = readFileSync(new URL("./note-shown.lua", import.meta.url), "utf8");

/**
 * Remembers for all proxies what each agent was shown, as far as that matters: that it lists at all, and which definition of
 * those of which others were accepted before. A call of anything else asks nothing of Redis.
 */
export class ShownLists {
  readonly #redis: Redis & Script;
  readonly #table: ShownListsOptions["table"];
  readonly #log: Logger;
  readonly #now: () => number;

  constructor({ redis, table, log, now = Date.now }: ShownListsOptions) {
    redis.defineCommand("mcpgwNoteShown", { lua: script, numberOfKeys: 2 });
    this.#redis = redis as Redis & Script;
    this.#table = table;
    this.#log = log;
    this.#now = now;
  }

  /**
   * Notes a page of a list as the agent gets it. `isFirst`: whether a list begins with it. Never rejects: lists go on while Redis is
   * away, and what was noted before counts.
   */
  async note(
    viewer: Viewer,
    kind: DefinitionKind,
    {
      listed,
      isFirst,
    }: { readonly listed: readonly ListedDefinition[]; readonly isFirst: boolean },
  ): Promise<void> {
    const moved = listed.filter((one) => this.hasMoved(viewer, one));
    const [lists, order] = keysOf(viewer);
    const asked = this.#redis.mcpgwNoteShown(
      lists,
      order,
      fieldOf(viewer, kind),
      rememberedForMs,
      maxListsOfAgent,
      maxNames,
      isFirst ? "1" : "0",
      ...moved.flatMap((one) => [nameCode(one), digestOf(one)]),
    );
    try {
      await withinDeadline(asked, deadlineMs);
    } catch (error) {
      const upstream = viewer.upstream.name;
      this.#log.warn({ err: error, upstream }, "what an agent was shown could not be noted");
    }
  }

  /** Whether agents may have been shown another definition of it, which was accepted then. */
  hasMoved({ upstream }: Viewer, named: DefinitionName): boolean {
    const movedAt = this.#table.movedAt(serverKeyOf(upstream), named);
    return movedAt !== undefined && this.#now() - movedAt < rememberedForMs;
  }

  /**
   * Whether the agent lists, and was last shown another definition than these. Who never lists knows none that could be
   * outdated. Rejects when Redis does not answer within a second.
   */
  async isOutdated(
    viewer: Viewer,
    named: DefinitionName,
    now: readonly ListedDefinition[],
  ): Promise<boolean> {
    const [lists] = keysOf(viewer);
    const asked = this.#redis.hget(lists, fieldOf(viewer, named.kind));
    const noted = await withinDeadline(asked, deadlineMs);
    if (noted === null) return false;
    const shown: Readonly<Record<string, string>> = JSON.parse(noted);
    const digest = shown[nameCode(named)];
    return digest === undefined || !now.some((one) => digestOf(one) === digest);
  }
}

/** Agents choose their names, and sessions are secrets: neither stands in a key. */
function keysOf({ principal }: Viewer): readonly [lists: string, order: string] {
  const who = hashCode(JSON.stringify([principal.tenant ?? null, principal.agent]));
  return [redisKeys.shownLists(who), redisKeys.shownOrder(who)];
}

function fieldOf({ session, upstream }: Viewer, kind: DefinitionKind): string {
  return hashCode(JSON.stringify([session ?? null, serverKeyOf(upstream), kind]));
}

function nameCode({ name }: DefinitionName): string {
  return hashCode(name);
}

/** Empty where it has no canonical form: what has none is not accepted. */
function digestOf({ said }: ListedDefinition): string {
  return canonicalDefinition(said)?.digest.slice(0, 32) ?? "";
}
