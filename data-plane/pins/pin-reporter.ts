import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { type CanonicalDefinition, canonicalDefinition } from "../../core/pins/definition.ts";
import { keyOf } from "../../core/pins/definition-kind.ts";
import { isCosmetic } from "../../core/pins/is-cosmetic.ts";
import { observe, type PinRecord, type Sighting, stateOf } from "../../core/pins/pin-record.ts";
import { maxTextLength, type PinStore, PinsFull } from "../../core/pins/pin-store.ts";
import type { DefinitionSettings } from "../../core/policy/compiled-scanning.ts";
import type { Logger } from "../../core/service/log.ts";
import { findSuspicions } from "./find-suspicions.ts";
import { heldTexts } from "./held-texts.ts";
import { judgeAgain } from "./judge-again.ts";
import { type KnownName, KnownNames } from "./known-names.ts";
import type { ListedDefinition } from "./listed-definition.ts";
import { type PinEffect, type PinTable, upstreamOf } from "./pin-table.ts";
import type { Poison } from "./poison.ts";

export interface PinReporterOptions {
  readonly store: Pick<PinStore, "change" | "texts">;
  readonly table: PinTable;
  readonly proxyId: string;
  /** What speaks against a definition by itself. */
  readonly poisonIn: (one: ListedDefinition) => Poison;
  readonly onEffect: (effect: PinEffect) => void;
  readonly log: Logger;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface SeenDefinition {
  readonly one: ListedDefinition;
  readonly settings: DefinitionSettings;
}

export interface Report {
  readonly server: string;
  readonly upstream: string;
  /** Of one kind. */
  readonly seen: readonly SeenDefinition[];
  /** Of all that the server has of the kind now. Undefined: not known. */
  readonly keys: ReadonlySet<string> | undefined;
}

/** What is new is compared with these. */
interface Surroundings {
  /** Canonical definitions of what the server has no more, by name. */
  readonly gone: ReadonlyMap<string, string>;
  readonly known: KnownNames;
}

/** A definition is compared with so many others. */
const maxCompared = 2_000;
/** A list does not wait longer for Redis. */
const patienceMs = 1_500;
/** After a failure lists do not queue up behind a Redis that is away. */
const pauseMs = 1_000;
/** A server that has too much is not written about again and again. */
const fullPauseMs = 10_000;
const maxPaused = 2_000;
/** Reports of one server, while Redis is slow. */
const maxQueued = 100;
const maxGone = 200;
/** Definitions are scanned: calls are served in between. */
const maxInOneTurn = 10;
/** Redis does nothing else meanwhile. */
const maxAtOnce = { records: 200, length: 1024 * 1024 };

/** Tells all proxies, by way of Redis, of definitions that were not seen before, and learns what became of them. */
export class PinReporter {
  readonly #options: PinReporterOptions;
  readonly #now: () => number;
  readonly #underWay = new Map<string, { readonly turn: Promise<void>; readonly place: number }>();
  readonly #fullUntil = new Map<string, number>();
  #pausedUntil = 0;

  constructor(options: PinReporterOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Resolves when the table knows how they stand, or when that cannot be known soon. One after the other, for each server. */
  async report(report: Report): Promise<void> {
    const { server } = report;
    const { turn: before, place } = this.#underWay.get(server) ?? { turn: undefined, place: 0 };
    // Whoever lists later reports it again.
    if (place >= maxQueued) return;
    const turn = (before ?? Promise.resolve()).then(() => this.#write(report));
    this.#underWay.set(server, { turn, place: place + 1 });
    void turn.then(() => {
      if (this.#underWay.get(server)?.turn === turn) this.#underWay.delete(server);
    });
    const enough = new AbortController();
    const patience = sleep(patienceMs, undefined, { signal: enough.signal }).catch(() => {});
    await Promise.race([turn, patience]);
    enough.abort();
  }

  async #write(report: Report): Promise<void> {
    const { server, upstream } = report;
    const pausedUntil = Math.max(this.#pausedUntil, this.#fullUntil.get(server) ?? 0);
    if (this.#now() < pausedUntil) return;
    try {
      await this.#record(report);
    } catch (error) {
      // Only this server suffers from what it has too much of.
      if (error instanceof PinsFull) this.#pauseFor(server);
      else this.#pausedUntil = this.#now() + pauseMs;
      this.#options.log.error({ err: error, upstream }, "new definitions were not recorded");
    }
  }

  #pauseFor(server: string): void {
    if (this.#fullUntil.size >= maxPaused) this.#fullUntil.clear();
    this.#fullUntil.set(server, this.#now() + fullPauseMs);
  }

  async #record(report: Report): Promise<void> {
    const { table } = this.#options;
    const surroundings = {
      gone: await this.#readGone(report),
      known: new KnownNames(this.#knownNames(report)),
    };
    const texts = new Map<string, string>();
    let sightings: Sighting[] = [];
    let length = 0;
    for (const { one, settings } of report.seen) {
      const definition = canonicalDefinition(one.said);
      // Somebody else may have reported it while this waited for its turn.
      if (!definition || table.standingOf(report.server, one, definition.digest) !== "unseen")
        continue;
      texts.set(definition.digest, definition.text);
      if (texts.size % maxInOneTurn === 0) await nextTurn();
      length += Math.min(definition.text.length, maxTextLength);
      const at = { ...definition, ...report, ...surroundings };
      sightings.push(await this.#sightingOf({ one, settings }, at));
      if (sightings.length < maxAtOnce.records && length < maxAtOnce.length) continue;
      await this.#store(report, sightings, texts);
      texts.clear();
      [sightings, length] = [[], 0];
    }
    if (sightings.length > 0) await this.#store(report, sightings, texts);
  }

  async #store(
    { server, upstream }: Report,
    sightings: readonly Sighting[],
    texts: ReadonlyMap<string, string>,
  ): Promise<void> {
    const { store, table, onEffect } = this.#options;
    const records = await store.change(server, sightings, (before) => {
      const now = new Map(before);
      const changed = new Set<string>();
      for (const sighting of sightings) {
        const key = keyOf(sighting);
        const record = observe(now.get(key), sighting);
        if (!record) continue;
        now.set(key, record);
        changed.add(key);
      }
      const made = [...now.values()].filter((record) => changed.has(keyOf(record)));
      return { records: made, texts: heldTexts(made, texts) };
    });
    this.#tell(upstream, records);
    const effect = table.merge(server, records);
    // The table of tools that judges calls may still hold the definition before.
    if (effect && records.some((record) => stateOf(record) !== "approved")) onEffect(effect);
    await judgeAgain(upstream, records, this.#options);
  }

  async #sightingOf(
    { one, settings }: SeenDefinition,
    at: Report & CanonicalDefinition & Surroundings,
  ): Promise<Sighting> {
    const { proxyId, table } = this.#options;
    const none = { marks: [], isGrave: false, isCertain: false };
    const poison = settings.poisoning === "off" ? none : this.#options.poisonIn(one);
    const isNew = !table.knows(at.server, one);
    const about = { ...one, upstream: at.upstream, text: at.text };
    const suspicions = findSuspicions(about, at.known, isNew ? at.gone : new Map());
    const isPoisoned = poison.isGrave && settings.poisoning !== "log";
    const mayBeCosmetic = settings.cosmetic === "accept" && !isPoisoned && !suspicions.isGrave;
    const cosmeticOf = mayBeCosmetic ? await this.#cosmeticOf(one, at) : [];
    return {
      kind: one.kind,
      name: one.name,
      digest: at.digest,
      marks: [
        ...(one.notes ?? []),
        ...poison.marks,
        ...suspicions.marks,
        ...(cosmeticOf.length > 0 ? ["only white space or spelling differs"] : []),
      ],
      cosmeticOf,
      seenAtMs: this.#now(),
      seenBy: proxyId,
      isTrusted: settings.trust === "tofu" && isNew && !isPoisoned && !suspicions.isGrave,
    };
  }

  async #cosmeticOf(one: ListedDefinition, at: Report & CanonicalDefinition): Promise<string[]> {
    const { store, table } = this.#options;
    const texts = await store.texts(at.server, table.acceptedOf(at.server, one));
    return [...texts].flatMap(([digest, before]) => (isCosmetic(before, at.text) ? [digest] : []));
  }

  #knownNames({ seen, upstream }: Report): KnownName[] {
    const { table } = this.#options;
    const [first] = seen;
    // Before all others: of many with one name a few are remembered.
    const known = seen
      .slice(0, maxCompared / 2)
      .map(({ one: { kind, name } }): KnownName => ({ upstream, kind, name }));
    for (const server of table.servers()) {
      for (const { kind, name } of table.accepted(server)) {
        if (known.length >= maxCompared) return known;
        // Prompts speak of tools, too.
        if (kind === first?.one.kind || kind === "tool") {
          known.push({ upstream: upstreamOf(server), kind, name });
        }
      }
    }
    return known;
  }

  /** The accepted definitions of what the server has no more of the kind, by name. */
  async #readGone({ server, seen, keys }: Report): Promise<ReadonlyMap<string, string>> {
    if (!keys) return new Map();
    const { store, table } = this.#options;
    const byDigest = new Map<string, string>();
    for (const { kind, name, digests } of table.accepted(server)) {
      if (kind !== seen[0]?.one.kind || keys.has(keyOf({ kind, name }))) continue;
      if (byDigest.size >= maxGone) break;
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
      const { kind, name } = record;
      this.#options.log.warn(
        { upstream, kind, name: name.slice(0, 256), state, marks },
        "a definition waits for an operator: mcpctl tools",
      );
    }
  }
}
