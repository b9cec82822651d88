import type { WordClass } from "./word-classes.ts";
import { type ClassSet, type Said, saidIn, sentenceEnd, setOf } from "./words.ts";

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
  return { first: classesOf(first), others: others.map(classesOf), within, isBare: false };
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
    return this.isIn(saidIn(text));
  }

  isIn(said: Said): boolean {
    return this.#rules.some((rule) => isSaid(rule, said));
  }
}

function isSaid(rule: WordRule, { sets, union }: Said): boolean {
  if ((rule.first & union) === 0 || rule.others.some((it) => (it & union) === 0)) return false;
  for (let at = 0; at < sets.length; at += 1) {
    if (isBegunAt(rule, sets, at) && isSaidFrom(rule, sets, at)) return true;
  }
  return false;
}

function isBegunAt({ first, isBare }: WordRule, sets: readonly ClassSet[], at: number): boolean {
  const set = sets[at] as ClassSet;
  if (set === sentenceEnd || (set & first) === 0) return false;
  return !isBare || !isDenied(sets, at);
}

function isSaidFrom(rule: WordRule, sets: readonly ClassSet[], at: number): boolean {
  const { others, within, isBare } = rule;
  let missing = others;
  for (let next = at + 1; next <= at + within; next += 1) {
    const set = sets[next];
    if (set === undefined || set === sentenceEnd || (isBare && turnsAt(sets, next))) return false;
    if (missing.some((it) => (set & it) !== 0)) missing = missing.filter((it) => (set & it) === 0);
    if (missing.length === 0) return true;
  }
  return false;
}

/** Whether something else is spoken of from here. */
function turnsAt(sets: readonly ClassSet[], at: number): boolean {
  const set = sets[at] as ClassSet;
  return (set & turn) !== 0 || ((set & (follow | negation)) === follow && !isDenied(sets, at));
}

function isDenied(sets: readonly ClassSet[], at: number): boolean {
  const before = sets[at - 1];
  return before !== undefined && before !== sentenceEnd && (before & negation) !== 0;
}
