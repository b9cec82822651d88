import { isAssignedAt } from "./assignment.ts";
import { type Candidate, confirmers, type Span } from "./confirmers.ts";
import { entropyOf } from "./entropy.ts";
import { LiteralFinder } from "./literal-finder.ts";
import { looksLikePlaceholder } from "./placeholder.ts";
import type { SecretRule } from "./rules/secret-rule.ts";
import { secretRules } from "./rules/secret-rules.ts";
import type { ScanBudget } from "./scan-budget.ts";

export interface FoundSecret extends Span {
  readonly rule: SecretRule;
}

interface Detector {
  readonly rule: SecretRule;
  /** Position in the list of rules: of two that find the same, the lower wins. */
  readonly rank: number;
  readonly pattern: RegExp;
  /** The same pattern, which also tells where its group matched: that costs as much again, so only what holds so far is asked. */
  readonly placing: RegExp;
  readonly charactersBefore: readonly number[];
  readonly minEntropy: number;
}

const isWordCharacter = new Uint8Array(65_536);
for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") {
  isWordCharacter[letter.charCodeAt(0)] = 1;
}
/** An escape that ends where the secret begins, as in text that was encoded twice: `\nghp_…`, `%3Dghp_…`. */
const escapeBefore = /(?:\\[nrtbf]|%[0-9A-Fa-f]{2}|\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4})$/;

/** Finds secrets where the literals of their rules stand; patterns run nowhere else. */
export class SecretFinder {
  /** In lower case: what to look for in a text before {@link SecretFinder.begin}. */
  readonly literals: readonly string[];
  readonly #finder: LiteralFinder;
  /** For each literal the detectors that want it. */
  readonly #wanting: readonly (readonly Detector[])[];

  constructor(rules: readonly SecretRule[] = secretRules) {
    const wanting = new Map<string, Detector[]>();
    for (const [rank, rule] of rules.entries()) {
      const detector = toDetector(rule, rank);
      for (const literal of rule.literals) {
        wanting.set(literal, [...(wanting.get(literal) ?? []), detector]);
      }
    }
    this.literals = [...wanting.keys()];
    this.#finder = new LiteralFinder(this.literals);
    this.#wanting = [...wanting.values()];
  }

  /** What it finds does not overlap and stands in order. */
  find(text: string, budget: ScanBudget): readonly FoundSecret[] {
    const search = this.begin(text, budget);
    this.#finder.find(text, budget, search.onLiteral);
    return search.end();
  }

  /** The same, where somebody else looks for the literals. `onLiteral` wants each in order, by its place in {@link literals}. */
  begin(text: string, budget: ScanBudget): SecretSearch {
    const found: (FoundSecret & { readonly rank: number })[] = [];
    let searchedTo: Map<Detector, number> | undefined;
    const searched = new Searched(text, budget);
    const onLiteral = (literal: number, start: number) => {
      const wanting = this.#wanting[literal] as readonly Detector[];
      budget.spendWindow(wanting.length);
      for (const detector of wanting) {
        if (searchedTo && start < (searchedTo.get(detector) ?? 0)) continue;
        const span = confirmAt(detector, searched, start);
        if (!span) continue;
        searchedTo ??= new Map();
        searchedTo.set(detector, span.end);
        found.push({ ...span, rule: detector.rule, rank: detector.rank });
      }
    };
    return { onLiteral, end: () => (found.length > 1 ? withoutOverlaps(found) : found) };
  }
}

/** A search for secrets in one text. */
export interface SecretSearch {
  readonly onLiteral: (literal: number, start: number) => void;
  readonly end: () => readonly FoundSecret[];
}

function toDetector(rule: SecretRule, rank: number): Detector {
  return {
    rule,
    rank: rule.generic ? rank + 1_000 : rank,
    pattern: new RegExp(rule.pattern.source, "y"),
    placing: new RegExp(rule.pattern.source, "yd"),
    charactersBefore: rule.charactersBefore ?? [0],
    minEntropy: rule.minEntropy ?? 2.2,
  };
}

/** What matches is looked at closely. */
const unitsPerMatch = 6;

/** A text in which secrets are looked for. */
class Searched {
  readonly text: string;
  readonly budget: ScanBudget;
  #asked = "";
  #isPlaceholder = false;

  constructor(text: string, budget: ScanBudget) {
    this.text = text;
    this.budget = budget;
  }

  /** Several rules ask about the same value, one after the other. */
  isPlaceholder(value: string): boolean {
    if (value === this.#asked) return this.#isPlaceholder;
    this.#isPlaceholder = looksLikePlaceholder(value);
    this.#asked = value;
    return this.#isPlaceholder;
  }
}

function confirmAt(detector: Detector, searched: Searched, literalStart: number): Span | undefined {
  for (const before of detector.charactersBefore) {
    const matchStart = literalStart - before;
    if (matchStart < 0) continue;
    const match = matchAt(detector, searched, matchStart);
    if (!match) continue;
    searched.budget.spendWindow(unitsPerMatch);
    const candidate = placeOf(match, detector, searched.text);
    const span = candidate && confirm(detector, candidate);
    if (span) return span;
  }
  return undefined;
}

/** Where the pattern matches something that does not look like a placeholder. */
function matchAt(
  { rule, pattern, minEntropy }: Detector,
  searched: Searched,
  at: number,
): RegExpExecArray | undefined {
  const { text } = searched;
  if (rule.assigns !== undefined && !isAssignedAt(text, at, rule.assigns)) return undefined;
  if (!rule.insideWords && !startsWord(text, at)) return undefined;
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  if (!match) return undefined;
  const secret = match[groupIn(match)] as string;
  if (minEntropy === 0) return match;
  const isRandom = entropyOf(secret) >= minEntropy;
  return isRandom && !searched.isPlaceholder(secret) ? match : undefined;
}

/** The number of the first group that matched. 0: there is none. */
function groupIn(match: RegExpExecArray): number {
  for (let group = 1; group < match.length; group += 1) {
    if (match[group] !== undefined) return group;
  }
  return 0;
}

function placeOf(
  match: RegExpExecArray,
  { placing }: Detector,
  text: string,
): Candidate | undefined {
  const { 0: whole, index: matchStart } = match;
  const group = groupIn(match);
  if (group === 0) {
    return { text, matchStart, start: matchStart, end: matchStart + whole.length, secret: whole };
  }
  placing.lastIndex = matchStart;
  const place = placing.exec(text)?.indices?.[group];
  if (!place) return undefined;
  const [start, end] = place;
  return { text, matchStart, start, end, secret: text.slice(start, end) };
}

function startsWord(text: string, at: number): boolean {
  if (at === 0 || isWordCharacter[text.charCodeAt(at - 1)] === 0) return true;
  const mayBeEscape =
    text[at - 2] === "\\" || text[at - 3] === "%" || text[at - 4] === "\\" || text[at - 6] === "\\";
  return mayBeEscape && escapeBefore.test(text.slice(Math.max(0, at - 6), at));
}

function confirm({ rule }: Detector, candidate: Candidate): Span | undefined {
  const { text, end, secret } = candidate;
  const endsInsideWord = !rule.generic && /[A-Za-z0-9]/.test(text.charAt(end));
  if (endsInsideWord && /[A-Za-z0-9]$/.test(secret)) return undefined;
  return rule.confirmer ? confirmers[rule.confirmer](candidate) : candidate;
}

/** Where findings overlap, all of what they cover is secret, and the better rule names it. */
function withoutOverlaps(
  found: readonly (FoundSecret & { readonly rank: number })[],
): readonly FoundSecret[] {
  const kept: (FoundSecret & { readonly rank: number })[] = [];
  for (const secret of found.toSorted((one, other) => one.start - other.start)) {
    const last = kept.at(-1);
    if (!last || secret.start >= last.end) {
      kept.push(secret);
      continue;
    }
    const better = secret.rank < last.rank ? secret : last;
    kept[kept.length - 1] = {
      ...better,
      start: last.start,
      end: Math.max(last.end, secret.end),
    };
  }
  return kept;
}
