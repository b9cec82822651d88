import { setImmediate as nextTurn } from "node:timers/promises";
import { type DefinitionName, keyOf } from "../../core/pins/definition-kind.ts";
import { doubt, type PinRecord, stateOf } from "../../core/pins/pin-record.ts";
import type { PinStore } from "../../core/pins/pin-store.ts";
import type { Logger } from "../../core/service/log.ts";
import { findMentions } from "./find-suspicions.ts";
import { type KnownName, KnownNames } from "./known-names.ts";
import { type PinTable, upstreamOf } from "./pin-table.ts";

/** Of each other server so many definitions are looked at again, and so many doubted at once. */
const maxLookedAt = 1_000;
const maxDoubted = 100;
const maxNameShown = 256;
/** Calls are served in between. */
const maxInOneTurn = 10;

interface Parts {
  readonly store: Pick<PinStore, "change" | "texts">;
  readonly table: PinTable;
  readonly log: Logger;
}

interface Doubted {
  readonly named: DefinitionName;
  readonly digest: string;
  readonly marks: readonly string[];
  readonly isGrave: boolean;
}

/**
 * Looks again at what was accepted of other servers by itself, now that this one has tools of new names: what speaks of one of them,
 * as a tool of another server, waits for an operator. All proxies hear of it from the control plane. Never rejects.
 */
export async function judgeAgain(
  upstream: string,
  records: readonly PinRecord[],
  parts: Parts,
): Promise<void> {
  const fresh = records
    .filter((record) => record.kind === "tool" && record.variants.length === 1)
    .filter((record) => stateOf(record) === "approved")
    .map(({ kind, name }): KnownName => ({ upstream, kind, name }));
  if (fresh.length === 0) return;
  const { store, table, log } = parts;
  const others = [...table.servers()].filter((server) => upstreamOf(server) !== upstream);
  for (const server of others) {
    try {
      const doubted = (await doubtedOf(server, fresh, parts)).slice(0, maxDoubted);
      const names = doubted.map(({ named }) => named);
      if (doubted.length === 0) continue;
      let made: readonly PinRecord[] = [];
      await store.change(server, names, (before) => {
        made = doubtIn(before, doubted);
        return { records: made, texts: new Map() };
      });
      if (made.length === 0) continue;
      const told = made.map(({ name }) => name.slice(0, maxNameShown));
      log.warn(
        { upstream: upstreamOf(server), names: told },
        "definitions speak of new tools of another upstream: mcpctl tools",
      );
    } catch (error) {
      log.error(
        { err: error, upstream: upstreamOf(server) },
        "definitions that may speak of new tools of another upstream were not looked at again",
      );
    }
  }
}

async function doubtedOf(
  server: string,
  fresh: readonly KnownName[],
  { store, table }: Parts,
): Promise<Doubted[]> {
  const upstream = upstreamOf(server);
  const accepted = [...table.accepted(server)]
    .filter(({ kind }) => kind !== "server" && kind !== "resource")
    .slice(0, maxLookedAt);
  const own = accepted.map(({ kind, name }): KnownName => ({ upstream, kind, name }));
  // Its own first: of many with one name a few are remembered, and who has one means that.
  const known = new KnownNames([...own, ...fresh]);
  const each = accepted.flatMap(({ kind, name, digests }) =>
    [...digests].map((digest) => ({ named: { kind, name }, digest })),
  );
  const texts = await store.texts(
    server,
    each.map(({ digest }) => digest),
  );
  const doubted: Doubted[] = [];
  for (const [index, { named, digest }] of each.entries()) {
    if (index % maxInOneTurn === 0) await nextTurn();
    const about = { ...named, upstream, text: texts.get(digest) ?? "" };
    const { marks, isGrave } = findMentions(about, known);
    if (marks.length > 0) doubted.push({ named, digest, marks, isGrave });
  }
  return doubted;
}

function doubtIn(
  before: ReadonlyMap<string, PinRecord>,
  doubted: readonly Doubted[],
): readonly PinRecord[] {
  const made = new Map<string, PinRecord>();
  for (const { named, ...reasons } of doubted) {
    const key = keyOf(named);
    const record = made.get(key) ?? before.get(key);
    const next = record && doubt(record, reasons);
    if (next) made.set(key, next);
  }
  return [...made.values()];
}
