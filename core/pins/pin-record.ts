import type { DefinitionName } from "./definition-kind.ts";

/** One definition that a tool was seen to have, and what was decided about it. */
export interface PinVariant {
  /** Hex, as {@link CanonicalDefinition}. */
  readonly digest: string;
  readonly state: "waiting" | "accepted" | "rejected";
  /** What the proxy noticed that saw it first. */
  readonly marks: readonly string[];
  readonly seenAtMs: number;
  /** A proxy's id. */
  readonly seenBy: string;
  /** Absent: nobody, or trusted on first use. */
  readonly judgedBy?: string;
  readonly judgedAtMs?: number;
  readonly reason?: string;
  /** Whether it was accepted since it differs from an accepted one in white space and spelling alone. */
  readonly isCosmetic?: true;
}

/** The definitions of one tool, or of what else a server says. Lists may differ from agent to agent, so several can be accepted. */
export interface PinRecord extends DefinitionName {
  /** In the order in which they were seen. */
  readonly variants: readonly PinVariant[];
  /** When other definitions came to be accepted than before: who was shown it earlier may know another one. Absent: never. */
  readonly movedAtMs?: number;
}

export type PinState = "pending" | "approved" | "changed" | "rejected";

/** A definition, as a proxy reports it. */
export interface Sighting extends DefinitionName {
  readonly digest: string;
  readonly marks: readonly string[];
  readonly seenAtMs: number;
  readonly seenBy: string;
  /** Whether it may be accepted by itself, should it be the first of its tool. */
  readonly isTrusted: boolean;
  /** Digests of those from which it differs in white space and spelling alone, where such a change may be accepted by itself. */
  readonly cosmeticOf?: readonly string[];
}

/** What an operator decides. */
export interface Judgement {
  readonly accept: boolean;
  readonly by: string;
  readonly atMs: number;
  readonly reason: string;
  /** Whether what was accepted before is so no longer. */
  readonly replace: boolean;
}

/** A server that shows another definition each time fills no more than this. */
export const maxWaiting = 5;
const maxCosmetic = 5;
const maxMarks = 50;
const maxAccepted = 32;
const maxRejected = 16;

/** The record with a definition that was seen, or undefined where that changes nothing. */
export function observe(before: PinRecord | undefined, seen: Sighting): PinRecord | undefined {
  const variants = before?.variants ?? [];
  if (variants.some(({ digest }) => digest === seen.digest)) return undefined;
  if (inState(variants, "waiting").length >= maxWaiting) return undefined;
  const { kind, name, digest, marks, seenAtMs, seenBy, isTrusted } = seen;
  const isCosmetic = isCosmeticIn(variants, seen);
  const isFirst = isTrusted && variants.length === 0;
  const state = isFirst || isCosmetic ? "accepted" : "waiting";
  return {
    ...before,
    kind,
    name,
    variants: [
      ...variants,
      { digest, state, marks, seenAtMs, seenBy, ...(isCosmetic && { isCosmetic }) },
    ],
  };
}

/** Many small steps lead anywhere: each is measured by what was accepted for another reason, and a few are enough. */
function isCosmeticIn(variants: readonly PinVariant[], { cosmeticOf = [] }: Sighting): boolean {
  const accepted = inState(variants, "accepted");
  if (accepted.filter(({ isCosmetic }) => isCosmetic).length >= maxCosmetic) return false;
  return accepted.some(({ digest, isCosmetic }) => !isCosmetic && cosmeticOf.includes(digest));
}

/**
 * The record after a decision about one of its definitions, or undefined when it has no such definition.
 * Accepting one decides about nothing else: others that wait go on waiting.
 */
export function judge(
  before: PinRecord,
  digest: string,
  judgement: Judgement,
): PinRecord | undefined {
  if (!before.variants.some((variant) => variant.digest === digest)) return undefined;
  const { accept, replace, by, atMs, reason } = judgement;
  const variants = before.variants.map((variant): PinVariant => {
    const judged = { ...variant, judgedBy: by, judgedAtMs: atMs, reason };
    if (variant.digest === digest) return { ...judged, state: accept ? "accepted" : "rejected" };
    const ends = accept && replace && variant.state === "accepted";
    return ends ? { ...judged, state: "rejected" } : variant;
  });
  const after = { ...before, variants: bounded(variants) };
  return hasMoved(before, after) ? { ...after, movedAtMs: atMs } : after;
}

/**
 * The record with what speaks against a definition that was accepted by itself, or undefined where that changes nothing. What is grave
 * makes it wait. What an operator accepted stays as it is.
 */
export function doubt(
  before: PinRecord,
  {
    digest,
    marks,
    isGrave,
  }: { readonly digest: string; readonly marks: readonly string[]; readonly isGrave: boolean },
): PinRecord | undefined {
  const doubted = before.variants.find((variant) => variant.digest === digest);
  if (doubted?.state !== "accepted" || doubted.judgedBy !== undefined) return undefined;
  const all = [...new Set([...doubted.marks, ...marks])].slice(0, maxMarks);
  if (!isGrave && all.length === doubted.marks.length) return undefined;
  const state = isGrave ? "waiting" : "accepted";
  const variants = before.variants.map(
    (variant): PinVariant => (variant === doubted ? { ...variant, state, marks: all } : variant),
  );
  return { ...before, variants };
}

/** Nobody can have been shown another definition than the first that is accepted. */
function hasMoved(before: PinRecord, after: PinRecord): boolean {
  const [old, now] = [before, after].map((it) => inState(it.variants, "accepted"));
  if (old?.length === 0 && before.movedAtMs === undefined) return false;
  return digestsOf(old) !== digestsOf(now);
}

function digestsOf(variants: readonly PinVariant[] = []): string {
  return variants.map(({ digest }) => digest).join();
}

export function stateOf({ variants }: PinRecord): PinState {
  const has = (state: PinVariant["state"]) => variants.some((variant) => variant.state === state);
  if (has("waiting")) return has("accepted") ? "changed" : "pending";
  return has("accepted") ? "approved" : "rejected";
}

/** The definition that was accepted last. */
export function lastAccepted({ variants }: PinRecord): PinVariant | undefined {
  const since = ({ judgedAtMs, seenAtMs }: PinVariant) => judgedAtMs ?? seenAtMs;
  return inState(variants, "accepted").toSorted((one, other) => since(other) - since(one))[0];
}

/** The oldest go first. */
function bounded(variants: readonly PinVariant[]): readonly PinVariant[] {
  const kept = new Set([
    ...inState(variants, "waiting"),
    ...inState(variants, "accepted").slice(-maxAccepted),
    ...inState(variants, "rejected").slice(-maxRejected),
  ]);
  return variants.filter((variant) => kept.has(variant));
}

function inState(variants: readonly PinVariant[], state: PinVariant["state"]) {
  return variants.filter((variant) => variant.state === state);
}
