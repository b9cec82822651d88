import { LiteralTree } from "./literal-tree.ts";
import { traitsOf } from "./text-traits.ts";

/** Is told of each piece of a text before it is read. */
interface ReadingBudget {
  spendCharacters(count: number): void;
}

const chunk = 65_536;
/** Of what is known of a character: its class among ASCII letters, whether a literal beyond ASCII has it, and its traits. */
const classMask = 0x7f;
const isBeyond = 0x80;
const traitBits = 8;

/**
 * Finds many literals in one pass over a text, in ASCII letters of either case (Aho-Corasick).
 *
 * The automaton is dense: every character has a class, every state a next state for every class.
 * So the cost is one table look-up a character, whatever the text: no input makes it slower. Literals with letters beyond ASCII
 * have an automaton of their own, which runs only near such letters: in one table they would make all of it too large for a cache.
 */
export class LiteralFinder {
  readonly #kindOf = new Uint16Array(65_536).map((_, code) => traitsOf(code) << traitBits);
  readonly #ascii: LiteralTree;
  readonly #beyond: LiteralTree;

  /** The literals are in lower case. */
  constructor(literals: readonly string[]) {
    const indexed = literals.map((literal, index) => ({ literal, index }));
    const isAscii = (literal: string) => /^[\0-\x7f]*$/.test(literal);
    this.#ascii = new LiteralTree(indexed.filter(({ literal }) => isAscii(literal)));
    this.#beyond = new LiteralTree(indexed.filter(({ literal }) => !isAscii(literal)));
    if (this.#ascii.classes > classMask) throw new Error("the literals have too many letters");
    for (let code = 0; code < 65_536; code += 1) {
      const kind = this.#kindOf[code] as number;
      const marksBeyond = code > 0x7f && this.#beyond.classOf[code] !== 0;
      this.#kindOf[code] =
        kind | (this.#ascii.classOf[code] as number) | (marksBeyond ? isBeyond : 0);
    }
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
    const kindOf = this.#kindOf;
    const { next, shift, isEnd } = this.#ascii;
    let state = 0;
    let traits = 0;
    const beyond = new Beyond(this.#beyond, text);
    for (let from = 0; from < text.length; from += chunk) {
      const to = Math.min(from + chunk, text.length);
      budget.spendCharacters(to - from);
      for (let index = from; index < to; index += 1) {
        const kind = kindOf[text.charCodeAt(index)] as number;
        traits |= kind;
        state = next[(state << shift) | (kind & classMask)] as number;
        if (isEnd[state] !== 0) this.#ascii.tell(state, index + 1, onHit);
        if ((kind & isBeyond) !== 0 || index < beyond.end) beyond.read(index, onHit);
      }
    }
    return traits >> traitBits;
  }
}

/** Where in a text the automaton of the letters beyond ASCII is. */
class Beyond {
  readonly #tree: LiteralTree;
  readonly #text: string;
  #state = 0;
  /** Behind the last character that was read. */
  #at = 0;
  /** Where no literal can go on any more. */
  end = 0;

  constructor(tree: LiteralTree, text: string) {
    this.#tree = tree;
    this.#text = text;
  }

  /** Reads what stands here, and before it where a literal may have begun there. */
  read(index: number, onHit: (literal: number, start: number) => void): void {
    const { classOf, next, shift, isEnd, longest } = this.#tree;
    if (this.#at < index - longest) {
      this.#state = 0;
      this.#at = index - longest;
    }
    let kind = 0;
    for (; this.#at <= index; this.#at += 1) {
      const code = this.#text.charCodeAt(this.#at);
      kind = classOf[code] as number;
      this.#state = next[(this.#state << shift) | kind] as number;
      if (isEnd[this.#state] !== 0) this.#tree.tell(this.#state, this.#at + 1, onHit);
      if (code > 0x7f && kind !== 0) this.end = this.#at + longest;
    }
  }
}
