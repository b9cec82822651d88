import { type Alternatives, type Part, readPattern, type Sequence } from "../../pattern-tree.ts";
import type { Chain } from "./chain.ts";
import { atPlace, atWordEnd, begun, ended, type Way, withLetter, withMore } from "./pattern-way.ts";
import { rarest, tellingSteps } from "./telling-steps.ts";
import { beginsWordBehind, isApartFrom } from "./word-borders.ts";

export interface PatternChains {
  readonly chains: readonly Chain[];
  /** How far the pattern looks around what it matches. */
  readonly around: number;
}

/** More alternatives are not told apart. */
const mostChains = 64;
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

/** Where alternatives begin, and whether what stands behind them is apart. */
interface From {
  readonly way: Way;
  readonly isApart: boolean;
}

/** Whether a word that stands before a part ends there, and one before what comes behind the part. */
interface Borders {
  readonly isApart: boolean;
  readonly isApartBehind: boolean;
}

/** Of which one stands there, and how far it may be behind where they begin. */
interface Words {
  readonly all: readonly string[];
  readonly lead: number;
}

class Walker {
  /** The farthest that anything looks around. */
  around = 0;
  readonly #widthOfAny: number;
  readonly #steps = new Map<Sequence, number>();
  readonly #words = new Map<Part["kind"], Map<string, Words | undefined>>();

  constructor(widthOfAny: number) {
    this.#widthOfAny = widthOfAny;
  }

  chainsOf(alternatives: Alternatives): readonly Chain[] {
    return this.#through(alternatives, { way: begun, isApart: false }).map((way) => {
      const { steps, since } = ended(way);
      return { steps, tail: since };
    });
  }

  /** All ways through one of these. A word that goes on to the end of it ends there, where what comes behind is apart. */
  #through(alternatives: Alternatives, from: From): readonly Way[] {
    return alternatives.flatMap((sequence) => this.#along(sequence, from));
  }

  #along(sequence: Sequence, { way, isApart }: From): readonly Way[] {
    const ways = sequence.reduce<readonly Way[]>(
      (before, part, index) => {
        if (isLetter(part)) return before.map((it) => pastLetter(it, part));
        const borders = {
          isApart: isApartFrom(sequence, index, isApart),
          isApartBehind: isApartFrom(sequence, index + 1, isApart),
        };
        return this.#past(part, before, borders);
      },
      [way],
    );
    return isApart ? ways.map(atWordEnd) : ways;
  }

  #past(part: Part, before: readonly Way[], { isApart, isApartBehind }: Borders): readonly Way[] {
    const { kind, least, most } = part;
    if (kind.name === "around") {
      this.#lookAround(kind.alternatives);
      return before;
    }
    const ways = isApart ? before.map(atWordEnd) : before;
    if (kind.name === "place") return ways.map((way) => atPlace(way, kind.beginsWord));
    const isOne = least === 1 && most === 1;
    const endsWord = isOne && isApartBehind;
    const all =
      isOne && kind.name === "group" ? this.#apart(kind.alternatives, ways, endsWord) : undefined;
    return all ?? ways.map((way) => this.#pastOther(part, way, endsWord));
  }

  /** Each alternative by itself that tells more than one of its words; the others together. Undefined where none does, or where there would be too many. */
  #apart(
    alternatives: Alternatives,
    ways: readonly Way[],
    isApart: boolean,
  ): readonly Way[] | undefined {
    const isRich = (it: Sequence) => alternatives.length === 1 || this.#stepsOf(it) > 1;
    const rich = alternatives.filter(isRich);
    if (rich.length === 0 || (rich.length + 1) * ways.length > mostChains) return undefined;
    const poor = alternatives.filter((it) => !isRich(it));
    const together = { kind: { name: "group", alternatives: poor }, least: 1, most: 1 } as const;
    const all = ways.flatMap((way) => [
      ...this.#through(rich, { way, isApart }),
      ...(poor.length > 0 ? [this.#pastOther(together, way, isApart)] : []),
    ]);
    return all.length <= mostChains ? all : undefined;
  }

  /** Of what may be missing, or may be one of many, the place is known; and of the latter the words. */
  #pastOther({ kind, least, most }: Part, way: Way, endsWord: boolean): Way {
    const length = this.#lengthOf(kind) * bounded(most, kind);
    const behind = ended(way);
    const isAtStart = beginsWordBehind({ kind, least, most }, way.isAtStart);
    const words = least > 0 ? this.#wordsOf(kind, way, endsWord) : undefined;
    if (!words) return { ...behind, run: "", since: behind.since + length, isAtStart };
    const step = { words: words.all, within: behind.since + words.lead };
    return { steps: [...behind.steps, step], run: "", since: length, isAtStart };
  }

  /** One of the alternatives matches, so a word of any of them may be the one. The same for all ways that come there alike. */
  #wordsOf(kind: Part["kind"], way: Way, isApart: boolean): Words | undefined {
    if (kind.name === "any" && kind.signs) return { all: kind.signs, lead: 0 };
    if (kind.name !== "group") return undefined;
    const isAtStart = way.isAtStart || /\s$/.test(way.run);
    const known = this.#words.get(kind) ?? new Map<string, Words | undefined>();
    this.#words.set(kind, known);
    const name = `${isAtStart} ${isApart}`;
    if (!known.has(name)) known.set(name, this.#wordsIn(kind.alternatives, isAtStart, isApart));
    return known.get(name);
  }

  #wordsIn(alternatives: Alternatives, isAtStart: boolean, isApart: boolean): Words | undefined {
    const ways = this.#through(alternatives, { way: { ...begun, isAtStart }, isApart });
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
    const ways = this.#through([sequence], { way: begun, isApart: false });
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

interface Letter extends Part {
  readonly kind: Extract<Part["kind"], { readonly name: "letter" }>;
}

/** Whether it is one that must stand there: most parts are. */
function isLetter(part: Part): part is Letter {
  return part.kind.name === "letter" && part.least > 0;
}

function pastLetter(way: Way, { kind, least, most }: Letter): Way {
  const { letter } = kind;
  if (most === 1) return withLetter(way, letter);
  const more = (bounded(most, kind) - least) * letter.length;
  return withMore(withLetter(way, letter.repeat(least)), more);
}

function bounded(most: number, { name }: Part["kind"]): number {
  if (most < Number.POSITIVE_INFINITY) return most;
  return name === "group" ? mostOften.parts : mostOften.characters;
}
