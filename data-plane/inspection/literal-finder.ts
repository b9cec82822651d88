import { traitsOf } from "./text-traits.ts";

/** Is told of each piece of a text before it is read. */
interface ReadingBudget {
  spendCharacters(count: number): void;
}

const chunk = 65_536;
const classBits = 10;
const classMask = (1 << classBits) - 1;

/**
 * Finds many literals in one pass over a text, in ASCII letters of either case (Aho-Corasick).
 *
 * The automaton is dense: every character has a class, every state a next state for every class.
 * So the cost is one table look-up a character, whatever the text: no input makes it slower.
 */
export class LiteralFinder {
  /** For each character its class, and above that its traits. */
  readonly #classOf = new Uint16Array(65_536).map((_, code) => traitsOf(code) << classBits);
  readonly #classes: number;
  readonly #next: Uint16Array;
  /** For each state the literals that end there. */
  readonly #ends: (readonly number[] | undefined)[];
  /** For each state whether any literal ends there. */
  readonly #isEnd: Uint8Array;
  readonly #lengths: readonly number[];

  /** The literals are in lower case. */
  constructor(literals: readonly string[]) {
    this.#lengths = literals.map(({ length }) => length);
    const alphabet = [...new Set(literals.join(""))];
    this.#classes = alphabet.length + 1;
    if (this.#classes > classMask) throw new Error("the literals have too many letters");
    for (const [index, letter] of alphabet.entries()) {
      this.#classify(letter, index + 1);
      const upper = letter.toUpperCase();
      // The capital of a dotless "ı" is the "I" of another letter.
      if (upper.toLowerCase() === letter) this.#classify(upper, index + 1);
    }
    const tree = this.#growTree(literals);
    this.#next = new Uint16Array(tree.children.length * this.#classes);
    this.#ends = tree.ends;
    this.#link(tree.children);
    this.#isEnd = Uint8Array.from(this.#ends, (ends) => (ends ? 1 : 0));
  }

  /**
   * Calls `onHit` with the index of each literal found and where it begins, in the order in which they end.
   * Returns the traits of all characters: see `text-traits.ts`.
   */
  find(
    text: string,
    budget: ReadingBudget,
    onHit: (literal: number, start: number) => void,
  ): number {
    const [classOf, classes, next] = [this.#classOf, this.#classes, this.#next];
    const [ends, isEnd] = [this.#ends, this.#isEnd];
    let state = 0;
    let traits = 0;
    for (let from = 0; from < text.length; from += chunk) {
      const to = Math.min(from + chunk, text.length);
      budget.spendCharacters(to - from);
      for (let index = from; index < to; index += 1) {
        const kind = classOf[text.charCodeAt(index)] as number;
        traits |= kind;
        state = next[state * classes + (kind & classMask)] as number;
        if (isEnd[state] === 0) continue;
        for (const literal of ends[state] as readonly number[]) {
          onHit(literal, index + 1 - (this.#lengths[literal] as number));
        }
      }
    }
    return traits >> classBits;
  }

  #classify(letter: string, kind: number): void {
    const code = letter.charCodeAt(0);
    const traits = traitsOf(code) << classBits;
    this.#classOf[code] = traits | kind;
  }

  #growTree(literals: readonly string[]) {
    const children: Map<number, number>[] = [new Map()];
    const ends: (number[] | undefined)[] = [undefined];
    for (const [literal, letters] of literals.entries()) {
      let state = 0;
      for (const letter of letters) {
        const kind = (this.#classOf[letter.charCodeAt(0)] as number) & classMask;
        let child = children[state]?.get(kind);
        if (child === undefined) {
          child = children.push(new Map()) - 1;
          children[state]?.set(kind, child);
          ends[child] = undefined;
        }
        state = child;
      }
      ends[state] = [...(ends[state] ?? []), literal];
    }
    return { children, ends };
  }

  /** Breadth first, so that the state to fall back to is complete before it is copied. */
  #link(children: readonly ReadonlyMap<number, number>[]): void {
    const root = children[0] ?? new Map();
    for (const [kind, child] of root) this.#next[kind] = child;
    const queue = [...root.values()].map((state) => ({ state, fallback: 0 }));
    for (const { state, fallback } of queue) {
      this.#ends[state] = joined(this.#ends[state], this.#ends[fallback]);
      const row = state * this.#classes;
      const fallbackRow = fallback * this.#classes;
      this.#next.copyWithin(row, fallbackRow, fallbackRow + this.#classes);
      for (const [kind, child] of children[state] ?? []) {
        queue.push({ state: child, fallback: this.#next[row + kind] as number });
        this.#next[row + kind] = child;
      }
    }
  }
}

function joined(
  own: readonly number[] | undefined,
  inherited: readonly number[] | undefined,
): readonly number[] | undefined {
  return own && inherited ? [...own, ...inherited] : (own ?? inherited);
}
