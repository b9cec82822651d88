import { canonicalText, hashOf } from "../chain/canonical-record.ts";
import { type AuditHead, type AuditRecord, maxHeads } from "../record.ts";
import { ChainState, nameOf, type Place } from "./chain-state.ts";
import { KeyRing } from "./key-ring.ts";
import { maxProblems, type Problem, type VerifyReport } from "./report.ts";
import { WholeStream } from "./whole-stream.ts";

interface NamedHead extends AuditHead {
  readonly place: Place;
}

/**
 * Verifies records in the order of the stream or of an export. Records of different chains have no order among each other:
 * only what their checkpoints say of each other.
 */
export class ChainVerifier {
  readonly #keys: KeyRing;
  readonly #chains = new Map<string, ChainState>();
  /** The latest of each chain that a signed record told of. */
  readonly #heads = new Map<string, NamedHead>();
  /** The first of each chain that was told of, for chains of which nothing came. */
  readonly #firstHeads = new Map<string, NamedHead>();
  readonly #problems: Problem[] = [];
  readonly #whole: WholeStream | undefined;
  #records = 0;
  #duplicates = 0;
  /** Whether a record told of all chains, so that one which it did not name has begun since. */
  #hasOverview = false;

  /**
   * `trustedKeys`: raw public keys, base64url; undefined believes those that the records show. `isWhole`: the records are all that the
   * stream holds, so that what is missing before them must have been trimmed.
   */
  constructor(
    options: {
      readonly trustedKeys?: readonly string[] | undefined;
      readonly isWhole?: boolean;
    } = {},
  ) {
    this.#keys = new KeyRing(options.trustedKeys);
    this.#whole = options.isWhole ? new WholeStream() : undefined;
  }

  /** `name`: how to find the record again, such as the number of its line. `entry`: its id in the stream. */
  take(text: string, name: string, entry?: string): void {
    this.#records += 1;
    const place = { name, position: this.#records };
    const record = parse(text);
    if (!record) {
      this.#note("malformed", place, "this is no audit record");
      return;
    }
    const isIntact = record.hash === hashOf(canonicalText(record));
    if (!isIntact) this.#note("changed", place, `${nameOf(record)} is not as its hash says`);
    const chain = this.#chainOf(record);
    const verdict = chain.take(record, isIntact, place);
    if (verdict === "duplicate") this.#duplicates += 1;
    else if (isIntact) this.#checkSignature(record, chain, place);
    if (entry !== undefined) this.#whole?.take(record, { entry, isSound: isIntact });
  }

  end(): VerifyReport {
    const chains = [...this.#chains.values()].map((chain) => chain.end());
    for (const [bootId, head] of this.#heads) this.#checkHead(bootId, head);
    const missing = this.#whole?.findMissing(chains);
    if (missing) this.#note("removed", { name: "the beginning", position: 0 }, missing);
    for (const { producer, bootId, first, last, signedUpTo } of chains) {
      if (signedUpTo > 0) continue;
      const message = `no signature vouches for records ${first} to ${last} of ${producer} (start ${bootId})`;
      this.#note("not-signed", { name: "the end", position: this.#records + 1 }, message);
    }
    const problems = this.#problems.sort((one, other) => one.position - other.position);
    const absent = [...this.#firstHeads.keys()].filter((it) => !this.#chains.has(it)).length;
    const notes = [...chains.flatMap(notesOf), ...(absent > 0 ? [noteOfAbsent(absent)] : [])];
    return { records: this.#records, duplicates: this.#duplicates, chains, problems, notes };
  }

  #chainOf(record: AuditRecord): ChainState {
    const bootId = record.bootId ?? "";
    const known = this.#chains.get(bootId);
    if (known) return known;
    const beginning = { ...record, producer: "", bootId, sequence: 0, hash: "" };
    const before = this.#heads.get(bootId) ?? (this.#hasOverview ? beginning : undefined);
    const chain = new ChainState(record, before, this.#problems);
    this.#chains.set(bootId, chain);
    return chain;
  }

  /** Also of the first record of a chain: without, anybody could begin one. */
  #checkSignature(record: AuditRecord, chain: ChainState, place: Place): void {
    const { checkpoint, sequence = 0 } = record;
    if (!checkpoint) {
      if (sequence !== 1) return;
      this.#note("not-signed", place, `${nameOf(record)} begins a chain and has no signature`);
      return;
    }
    const problem = this.#keys.findProblem(record);
    if (problem !== undefined) {
      this.#note("wrong-signature", place, `${nameOf(record)}: ${problem}`);
      return;
    }
    chain.signedUpTo = Math.max(chain.signedUpTo, sequence);
    const { previous, heads = [] } = checkpoint;
    for (const head of heads) this.#hear(head, place, this.#hasOverview);
    if (previous) this.#hear(previous, place, false);
    // A longer list is cut: what it does not name may have begun before.
    const isAll = record.event === "audit.checkpoint" && heads.length > 0;
    this.#hasOverview ||= isAll && heads.length < maxHeads;
  }

  /** `isNew`: all chains were told of before, so that one which was not has begun since. */
  #hear(head: AuditHead, place: Place, isNew: boolean): void {
    const named = { ...head, place };
    // What has come by now must be what was told of.
    if (this.#chains.get(head.bootId)?.holds(head) === false) this.#noteOther(head, place);
    if (!this.#firstHeads.has(head.bootId)) {
      this.#firstHeads.set(head.bootId, isNew ? { ...named, sequence: 0 } : named);
    }
    const latest = this.#heads.get(head.bootId);
    if (!latest || latest.sequence < head.sequence) this.#heads.set(head.bootId, named);
  }

  #checkHead(bootId: string, head: NamedHead): void {
    const chain = this.#chains.get(bootId);
    const first = this.#firstHeads.get(bootId);
    const { producer, sequence, place } = head;
    const came = chain?.last ?? first?.sequence ?? sequence;
    if (chain ? chain.isCutBefore(head) : sequence > came) {
      const message = `records ${came + 1} to ${sequence} of ${producer} (start ${bootId}) are missing: this checkpoint tells of them`;
      this.#note("cut", place, message);
    }
  }

  #noteOther({ producer, sequence }: AuditHead, place: Place): void {
    const message = `record ${sequence} of ${producer} is another than this checkpoint tells of`;
    this.#note("changed", place, message);
  }

  #note(kind: Problem["kind"], place: Place, message: string): void {
    if (this.#problems.length >= maxProblems) return;
    this.#problems.push({ kind, place: place.name, message, position: place.position });
  }
}

function notesOf(chain: VerifyReport["chains"][number]): string[] {
  const { producer, bootId, first, last, signedUpTo, hasEnded } = chain;
  const name = `${producer} (start ${bootId})`;
  return [
    ...(first > 1
      ? [`${name}: verified from record ${first} on; what came before is not in this range`]
      : []),
    ...(signedUpTo > 0 && signedUpTo < last
      ? [
          `${name}: records ${signedUpTo + 1} to ${last} are not signed yet: a cut or a forgery after ${signedUpTo} would not show`,
        ]
      : []),
    ...(hasEnded ? [] : [`${name}: runs still, or died without saying that it ends`]),
  ];
}

function noteOfAbsent(count: number): string {
  return `${count} chains that are told of have no record here: they ended before this range, or were taken away before its first checkpoint`;
}

function parse(text: string): AuditRecord | undefined {
  try {
    const record = JSON.parse(text) as AuditRecord;
    const isRecord =
      typeof record === "object" &&
      typeof record?.id === "string" &&
      typeof record.bootId === "string" &&
      Number.isInteger(record.sequence);
    return isRecord ? record : undefined;
  } catch {
    return undefined;
  }
}
