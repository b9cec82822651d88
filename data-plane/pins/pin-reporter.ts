import { setTimeout as sleep } from "node:timers/promises";
import { type CanonicalDefinition, canonicalDefinition } from "../../core/pins/definition.ts";
import { observe, type PinRecord, type Sighting, stateOf } from "../../core/pins/pin-record.ts";
import type { PinStore } from "../../core/pins/pin-store.ts";
import type { DefinitionSettings } from "../../core/policy/compiled-scanning.ts";
import type { Logger } from "../../core/service/log.ts";
import { findSuspicions, type KnownTool, type Suspicions } from "./find-suspicions.ts";
import type { ListedTool } from "./listed-tool.ts";
import type { PinEffect, PinTable } from "./pin-table.ts";

export interface PinReporterOptions {
  readonly store: Pick<PinStore, "change" | "texts">;
  readonly table: PinTable;
  readonly proxyId: string;
  /** Rules that speak against a definition beyond doubt. */
  readonly poisonIn: (tool: ListedTool) => readonly string[];
  readonly onEffect: (effect: PinEffect) => void;
  readonly log: Logger;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface SeenTool {
  readonly tool: ListedTool;
  readonly settings: DefinitionSettings;
}

export interface Report {
  readonly server: string;
  readonly upstream: string;
  readonly seen: readonly SeenTool[];
  /** Of all tools that the server has now. Undefined: not known. */
  readonly names: ReadonlySet<string> | undefined;
}

/** What new tools are compared with. */
interface Surroundings {
  /** Canonical definitions of tools that the server has no more, by name. */
  readonly gone: ReadonlyMap<string, string>;
  readonly known: readonly KnownTool[];
}

/** A tool is compared with so many others. */
const maxCompared = 2_000;
/** A list does not wait longer for Redis. */
const patienceMs = 1_500;
/** After a failure lists do not queue up behind a Redis that is away. */
const pauseMs = 1_000;
const maxGone = 200;

/** Tells all proxies, by way of Redis, of definitions that were not seen before, and learns what became of them. */
export class PinReporter {
  readonly #options: PinReporterOptions;
  readonly #now: () => number;
  readonly #underWay = new Map<string, Promise<void>>();
  #pausedUntil = 0;

  constructor(options: PinReporterOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Resolves when the table knows how they stand, or when that cannot be known soon. One after the other, for each server. */
  async report(report: Report): Promise<void> {
    const { server } = report;
    const turn = (this.#underWay.get(server) ?? Promise.resolve()).then(() => this.#write(report));
    this.#underWay.set(server, turn);
    void turn.then(() => {
      if (this.#underWay.get(server) === turn) this.#underWay.delete(server);
    });
    const enough = new AbortController();
    const patience = sleep(patienceMs, undefined, { signal: enough.signal }).catch(() => {});
    await Promise.race([turn, patience]);
    enough.abort();
  }

  async #write(report: Report): Promise<void> {
    if (this.#now() < this.#pausedUntil) return;
    try {
      await this.#record(report);
    } catch (error) {
      this.#pausedUntil = this.#now() + pauseMs;
      const { upstream } = report;
      this.#options.log.error(
        { err: error, upstream },
        "new definitions of tools were not recorded",
      );
    }
  }

  async #record(report: Report): Promise<void> {
    const { store, table, onEffect } = this.#options;
    const { server } = report;
    const surroundings = { gone: await this.#readGone(report), known: this.#knownTools() };
    const texts = new Map<string, string>();
    const sightings = report.seen.flatMap(({ tool, settings }) => {
      const definition = canonicalDefinition(tool);
      // Somebody else may have reported it while this waited for its turn.
      if (!definition || table.standingOf(server, tool.name, definition.digest) !== "unseen")
        return [];
      texts.set(definition.digest, definition.text);
      return this.#sightingOf({ tool, settings }, { ...definition, ...report, ...surroundings });
    });
    if (sightings.length === 0) return;
    const names = sightings.map(({ name }) => name);
    const records = await store.change(server, names, (before) => {
      const now = new Map(before);
      const changed = new Set<string>();
      for (const sighting of sightings) {
        const record = observe(now.get(sighting.name), sighting);
        if (!record) continue;
        now.set(sighting.name, record);
        changed.add(sighting.name);
      }
      const made = [...now.values()].filter(({ name }) => changed.has(name));
      return { records: made, texts: textsIn(made, texts) };
    });
    this.#tell(report.upstream, records);
    const effect = table.merge(server, records);
    // The table of tools that judges calls may still hold the definition before.
    if (effect && records.some((record) => stateOf(record) !== "approved")) onEffect(effect);
  }

  #sightingOf(
    { tool, settings }: SeenTool,
    at: Report & CanonicalDefinition & Surroundings,
  ): Sighting {
    const { proxyId, table } = this.#options;
    const poison = settings.poisoning === "off" ? [] : this.#options.poisonIn(tool);
    const isNew = !table.knows(at.server, tool.name);
    const none: Suspicions = { marks: [], isGrave: false };
    const suspicions = isNew ? findSuspicions({ ...at, name: tool.name }, at.known, at.gone) : none;
    const isPoisoned = poison.length > 0 && settings.poisoning === "quarantine";
    return {
      name: tool.name,
      digest: at.digest,
      marks: [...poison.map((rule) => `poisoned: ${rule}`), ...suspicions.marks],
      seenAtMs: this.#now(),
      seenBy: proxyId,
      isTrusted: settings.trust === "tofu" && isNew && !isPoisoned && !suspicions.isGrave,
    };
  }

  #knownTools(): KnownTool[] {
    const { table } = this.#options;
    const known: KnownTool[] = [];
    for (const server of table.servers()) {
      for (const [name] of table.accepted(server)) {
        if (known.length >= maxCompared) return known;
        known.push({ upstream: upstreamOf(server), name });
      }
    }
    return known;
  }

  /** The accepted definitions of tools that the server has no more, by name. */
  async #readGone({ server, names }: Report): Promise<ReadonlyMap<string, string>> {
    if (!names) return new Map();
    const { store, table } = this.#options;
    const byDigest = new Map<string, string>();
    for (const [name, digests] of table.accepted(server)) {
      if (names.has(name) || byDigest.size >= maxGone) continue;
      for (const digest of digests) byDigest.set(digest, name);
    }
    const texts = await store.texts(server, [...byDigest.keys()]);
    return new Map([...texts].map(([digest, text]) => [byDigest.get(digest) ?? "", text]));
  }

  #tell(upstream: string, records: readonly PinRecord[]): void {
    for (const record of records) {
      const state = stateOf(record);
      if (state === "approved") continue;
      const { marks } = record.variants.at(-1) ?? {};
      this.#options.log.warn(
        { upstream, tool: record.name.slice(0, 256), state, marks },
        "a tool's definition waits for an operator: mcpctl tools",
      );
    }
  }
}

/** The name in a key of core/pins/server-key.ts. */
export function upstreamOf(server: string): string {
  return server.slice(0, server.lastIndexOf("~"));
}

/** Only of definitions that the records hold. */
function textsIn(
  records: readonly PinRecord[],
  texts: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const held = new Set(records.flatMap(({ variants }) => variants.map(({ digest }) => digest)));
  return new Map([...texts].filter(([digest]) => held.has(digest)));
}
