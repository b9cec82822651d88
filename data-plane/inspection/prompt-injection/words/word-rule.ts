import type { WordClass } from "./word-classes.ts";
import { type ClassSet, type Said, type Sentence, saidIn, sentenceEnd, setOf } from "./words.ts";

/**
 * Words of these classes in one sentence: one of the first, and behind it, at most so many words away, one of each of
 * the others in any order.
 */
interface WordRule {
  readonly first: ClassSet;
  readonly others: readonly ClassSet[];
  readonly within: number;
  /** Not where it is denied: "do not forget your instructions". */
  readonly isBare: boolean;
  /** The others stand in this order. */
  readonly isInOrder: boolean;
}

/** Of a list of classes, any. */
type Classes = WordClass | readonly WordClass[];

const usualReach = 12;
const classesOf = (it: Classes): ClassSet => setOf(typeof it === "string" ? [it] : it);
const negation = setOf(["not"]);
/** "Ignore this mail if you have followed the instructions", "ignore it and follow the instructions". */
const turn = setOf(["turn"]);
const follow = setOf(["follow"]);

export function saying(first: Classes, others: readonly Classes[], within = usualReach): WordRule {
  return {
    first: classesOf(first),
    others: others.map(classesOf),
    within,
    isBare: false,
    isInOrder: false,
  };
}

/** The same, where the others stand in this order. */
export function sayingInOrder(
  first: Classes,
  others: readonly Classes[],
  within = usualReach,
): WordRule {
  return { ...saying(first, others, within), isInOrder: true };
}

/** The same, unless the word before is a negation. */
export function sayingBarely(
  first: Classes,
  others: readonly Classes[],
  within = usualReach,
): WordRule {
  return { ...saying(first, others, within), isBare: true };
}

/** A pattern over what words mean instead of how they are written. Takes time in proportion to the text. */
export class WordPattern {
  readonly #rules: readonly WordRule[];

  /** Any of these. */
  constructor(...rules: readonly WordRule[]) {
    this.#rules = rules;
  }

  test(text: string): boolean {
    return this.placesIn(saidIn(text)).length > 0;
  }

  /** Where it is said: for each place the index of the first word and that of the last. */
  placesIn({ sentences, sets, union }: Said): readonly SaidPlace[] {
    const rules = this.#rules.filter((rule) => mayBeSaid(rule, union));
    if (rules.length === 0) return nowhere;
    const places: SaidPlace[] = [];
    for (const sentence of sentences) {
      for (const rule of rules) {
        if (mayBeSaid(rule, sentence.union)) places.push(...placesOf(rule, sentence, sets));
      }
    }
    return places;
  }
}

type SaidPlace = readonly [first: number, last: number];
const nowhere: readonly SaidPlace[] = [];

function mayBeSaid({ first, others }: WordRule, union: ClassSet): boolean {
  return (first & union) !== 0 && others.every((it) => (it & union) !== 0);
}

function placesOf(rule: WordRule, { from, to }: Sentence, sets: Int32Array): readonly SaidPlace[] {
  const places: SaidPlace[] = [];
  for (let at = from; at < to; at += 1) {
    const last = isBegunAt(rule, sets, at) ? lastSaidFrom(rule, sets, at) : -1;
    if (last >= 0) places.push([at, last]);
  }
  return places;
}

function isBegunAt({ first, isBare }: WordRule, sets: Int32Array, at: number): boolean {
  const set = sets[at] as ClassSet;
  if (set === sentenceEnd || (set & first) === 0) return false;
  return !isBare || !isDenied(sets, at);
}

/** Which word is the last that is needed. -1: something is missing. */
function lastSaidFrom(rule: WordRule, sets: Int32Array, at: number): number {
  const { others, within, isBare, isInOrder } = rule;
  let missing = others;
  for (let next = at + 1; next <= at + within; next += 1) {
    const set = sets[next];
    if (set === undefined || set === sentenceEnd || (isBare && turnsAt(sets, next))) return -1;
    missing = stillMissing(missing, set, isInOrder);
    if (missing.length === 0) return next;
  }
  return -1;
}

function stillMissing(
  missing: readonly ClassSet[],
  set: ClassSet,
  isInOrder: boolean,
): readonly ClassSet[] {
  if (isInOrder) return ((missing[0] ?? 0) & set) === 0 ? missing : missing.slice(1);
  return missing.some((it) => (set & it) !== 0)
    ? missing.filter((it) => (set & it) === 0)
    : missing;
}

/** Whether something else is spoken of from here. */
function turnsAt(sets: Int32Array, at: number): boolean {
  const set = sets[at] as ClassSet;
  return (set & turn) !== 0 || ((set & (follow | negation)) === follow && !isDenied(sets, at));
}

function isDenied(sets: Int32Array, at: number): boolean {
  const before = sets[at - 1];
  return before !== undefined && before !== sentenceEnd && (before & negation) !== 0;
}
