import { type Alternatives, type Part, readPattern, type Sequence } from "../../pattern-tree.ts";
import { type Chain, type Step, wordStart } from "./chain.ts";
import { rarest, tellingSteps } from "./telling-steps.ts";

export interface PatternChains {
  readonly chains: readonly Chain[];
  /** How far the pattern looks around what it matches. */
  readonly around: number;
}

/** More alternatives are not told apart. */
const mostChains = 64;
const longestWord = 7;
const endless = Number.POSITIVE_INFINITY;
const anything: PatternChains = { chains: [{ steps: [], tail: endless }], around: endless };

/** What may stand there without end is of so many characters, or parts: windows are not much longer. */
const mostOften = { characters: 64, parts: 8 };

/** What a text must hold for a pattern to match, in either case: so one pass over a text tells which of many patterns are worth asking, and where. */
export function chainsOf({ source, unicode }: RegExp): PatternChains {
  const alternatives = readPattern(source);
  if (!alternatives) return anything;
  const walker = new Walker(unicode ? 2 : 1);
  const chains = walker.chainsOf(alternatives);
  return { chains: chains.map(tellingSteps), around: walker.around };
}

/** A way through a pattern, as far as it was read. */
interface Way {
  readonly steps: readonly Step[];
  /** Letters that stand one behind the other, to here. */
  readonly run: string;
  /** How far the end of what was read, without the run, is behind the last step: at most. */
  readonly since: number;
  /** Whether a word begins here: behind a blank or a border of words. */
  readonly isAtStart: boolean;
}

const begun: Way = { steps: [], run: "", since: 0, isAtStart: false };

class Walker {
  /** The farthest that anything looks around. */
  around = 0;
  readonly #widthOfAny: number;
  readonly #steps = new Map<Sequence, number>();

  constructor(widthOfAny: number) {
    this.#widthOfAny = widthOfAny;
  }

  chainsOf(alternatives: Alternatives): readonly Chain[] {
    return this.#through(alternatives, begun).map((way) => {
      const { steps, since } = ended(way);
      return { steps, tail: since };
    });
  }

  #through(alternatives: Alternatives, from: Way): readonly Way[] {
    return alternatives.flatMap((sequence) => this.#along(sequence, [from]));
  }

  #along(sequence: Sequence, from: readonly Way[]): readonly Way[] {
    return sequence.reduce<readonly Way[]>((ways, part) => this.#past(part, ways), from);
  }

  #past(part: Part, ways: readonly Way[]): readonly Way[] {
    const { kind, least, most } = part;
    if (kind.name === "around") {
      this.#lookAround(kind.alternatives);
      return ways;
    }
    if (kind.name === "place") return ways.map((way) => atPlace(way, kind.beginsWord));
    if (kind.name === "letter" && least === 1 && most === 1) {
      return ways.map((way) => withLetter(way, kind.letter));
    }
    const isOne = least === 1 && most === 1;
    const all = isOne && kind.name === "group" ? this.#apart(kind.alternatives, ways) : undefined;
    return all ?? ways.map((way) => this.#pastOther(part, way));
  }

  /** Each alternative by itself that tells more than one of its words; the others together. Undefined where none does, or where there would be too many. */
  #apart(alternatives: Alternatives, ways: readonly Way[]): readonly Way[] | undefined {
    const isRich = (it: Sequence) => alternatives.length === 1 || this.#stepsOf(it) > 1;
    const rich = alternatives.filter(isRich);
    if (rich.length === 0 || (rich.length + 1) * ways.length > mostChains) return undefined;
    const poor = alternatives.filter((it) => !isRich(it));
    const together = { kind: { name: "group", alternatives: poor }, least: 1, most: 1 } as const;
    const all = ways.flatMap((way) => [
      ...this.#through(rich, way),
      ...(poor.length > 0 ? [this.#pastOther(together, way)] : []),
    ]);
    return all.length <= mostChains ? all : undefined;
  }

  /** Of what may be missing, or may be one of many, the place is known; and of the latter the words. */
  #pastOther({ kind, least, most }: Part, way: Way): Way {
    const length = this.#lengthOf(kind) * bounded(most, kind);
    const behind = ended(way);
    const isAtStart = beginsWordBehind({ kind, least, most }, way);
    const words = least > 0 ? this.#wordsOf(kind, way) : undefined;
    if (!words) return { ...behind, run: "", since: behind.since + length, isAtStart };
    const step = { words: words.all, within: behind.since + words.lead };
    return { steps: [...behind.steps, step], run: "", since: length, isAtStart };
  }

  /** One of the alternatives matches, so a word of any of them may be the one. */
  #wordsOf(
    kind: Part["kind"],
    way: Way,
  ): { readonly all: readonly string[]; readonly lead: number } | undefined {
    if (kind.name === "any" && kind.signs) return { all: kind.signs, lead: 0 };
    if (kind.name !== "group") return undefined;
    const isAtStart = way.isAtStart || /\s$/.test(way.run);
    const ways = this.#through(kind.alternatives, { ...begun, isAtStart });
    const best = ways.map((it) => rarest(ended(it).steps));
    if (best.some((it) => it === undefined)) return undefined;
    return {
      all: [...new Set(best.flatMap((it) => it?.step.words ?? []))],
      lead: Math.max(0, ...best.map((it) => it?.lead ?? 0)),
    };
  }

  #stepsOf(sequence: Sequence): number {
    const known = this.#steps.get(sequence);
    if (known !== undefined) return known;
    const ways = this.#through([sequence], begun);
    const steps = Math.max(...ways.map((way) => ended(way).steps.length));
    this.#steps.set(sequence, steps);
    return steps;
  }

  #lengthOf(kind: Part["kind"]): number {
    if (kind.name === "letter") return kind.letter.length;
    if (kind.name === "any") return this.#widthOfAny;
    if (kind.name === "group") return this.#longest(kind.alternatives);
    return 0;
  }

  #longest(alternatives: Alternatives): number {
    const lengths = alternatives.map((sequence) =>
      sequence.reduce((sum, { kind, most }) => {
        if (kind.name === "around") this.#lookAround(kind.alternatives);
        const length = this.#lengthOf(kind);
        return sum + length * bounded(most, kind);
      }, 0),
    );
    return Math.max(0, ...lengths);
  }

  /** How far this looks: with what it looks at from there. */
  #lookAround(alternatives: Alternatives): number {
    const lengths = alternatives.map((sequence) => {
      let at = 0;
      let farthest = 0;
      for (const { kind, most } of sequence) {
        if (kind.name === "around") {
          farthest = Math.max(farthest, at + this.#lookAround(kind.alternatives));
        } else at += this.#lengthOf(kind) * bounded(most, kind);
      }
      return Math.max(at, farthest);
    });
    const reach = Math.max(0, ...lengths);
    this.around = Math.max(this.around, reach);
    return reach;
  }
}

function bounded(most: number, { name }: Part["kind"]): number {
  if (most < Number.POSITIVE_INFINITY) return most;
  return name === "group" ? mostOften.parts : mostOften.characters;
}

function atPlace(way: Way, beginsWord: boolean): Way {
  if (!beginsWord) return way;
  return { ...ended(way), isAtStart: true };
}

function withLetter(way: Way, letter: string): Way {
  const isBegun = way.run !== "";
  const run = isBegun || !way.isAtStart || !/^[a-z0-9_]/.test(letter) ? way.run : wordStart;
  return { ...way, run: run + letter, isAtStart: letter === " " };
}

/** What follows a run is no part of it: the run is a step. */
function ended(way: Way): Way {
  const { run, steps, since } = way;
  if (run === "") return way;
  const length = run.replace(wordStart, "").length;
  if (run.trim() === "") return { ...way, run: "", since: since + length };
  const word = run.slice(0, longestWord);
  return { ...way, run: "", steps: [...steps, { words: [word], within: since }], since: length };
}

/** Behind what may be missing a word begins only where one began before it, too. */
function beginsWordBehind({ kind, least, most }: Part, way: Way): boolean {
  if (least === 0 && !way.isAtStart) return false;
  if (kind.name === "any") return kind.isApart;
  if (kind.name === "letter") return kind.letter === " ";
  return kind.name === "group" && most === 1 && kind.alternatives.every(endsAtStart);
}

function endsAtStart(sequence: Sequence): boolean {
  const last = sequence.at(-1);
  if (!last) return false;
  const { kind, least } = last;
  if (kind.name === "place") return kind.beginsWord;
  const isApart =
    kind.name === "letter" ? kind.letter === " " : kind.name === "any" && kind.isApart;
  return isApart && (least > 0 || endsAtStart(sequence.slice(0, -1)));
}
