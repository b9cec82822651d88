import type { ScanBudget } from "../../scan-budget.ts";
import { wordingTable } from "../wording/worded-pattern.ts";
import { type Worded, WordingReader } from "../wording/wording-reader.ts";
import { unitsOf } from "../words/tokens.ts";
import type { Said } from "../words/words.ts";
import { LiteralWords } from "./literal-words.ts";
import type { PatternChains } from "./pattern-chains.ts";
import { type Candidates, StepFollower } from "./step-follower.ts";
import { StepTable } from "./step-table.ts";
import { StepTree } from "./step-tree.ts";
import { TextWords } from "./text-words.ts";

export interface Found {
  /** For each pattern where it can be in the text. Undefined: nowhere. */
  readonly candidates: readonly (Candidates | undefined)[];
  readonly said: Said;
  /** Where it is worded as injected orders are. Undefined: it was not asked. */
  readonly worded?: Worded | undefined;
}

/** What these cost of what it does to read a character: to read it as a part of a word, to learn a word, and to follow one, for each of its steps. */
const shares = { words: 2.1, learnt: 1, followed: 1.2 };

/**
 * Tells in one pass over the words of a text what they mean, and where each of many patterns may match: where words that it requires
 * stand one behind the other, as near as they must. Honest texts have few such places, so most patterns are never asked.
 */
export class SignalFinder {
  readonly #follower: StepFollower;
  readonly #words: TextWords;
  readonly #wording: WordingReader | undefined;
  /** Those of which nothing is required. */
  readonly #always: readonly number[];
  readonly #count: number;

  /** What patterns require, each known by its place among all. Undefined: it is not looked for. `isWeighed`: whether to tell how the text is worded, too. */
  constructor(patterns: readonly (PatternChains | undefined)[], isWeighed = false) {
    const tree = new StepTree();
    const always: number[] = [];
    for (const [number, pattern] of patterns.entries()) {
      if (!pattern) continue;
      const { chains, around } = pattern;
      if (chains.some((it) => it.steps.length === 0)) always.push(number);
      else for (const chain of chains) tree.add(chain, { number, around });
    }
    const table = new StepTable(tree);
    this.#follower = new StepFollower(table);
    this.#wording = isWeighed ? new WordingReader(wordingTable) : undefined;
    this.#words = new TextWords(new LiteralWords(table.literals), this.#follower, this.#wording);
    this.#always = always;
    this.#count = patterns.length;
  }

  /** `ends`: where sentences end that the text does not tell of, in order. */
  in(text: string, budget: ScanBudget, ends: readonly number[] = []): Found {
    const candidates: (number[] | undefined)[] = new Array(this.#count);
    for (const number of this.#always) candidates[number] = [0, text.length];
    // The text was read before: to read parts of it again must not make the time longer that all may take.
    budget.spendWork(text.length * shares.words);
    const units = unitsOf(text);
    this.#follower.begin(units, candidates);
    const said = this.#words.read(text, units, ends);
    const { learnt } = this.#words;
    budget.spendWork(learnt * shares.learnt + this.#follower.work * shares.followed);
    return { candidates, said, worded: this.#wording?.places() };
  }
}
