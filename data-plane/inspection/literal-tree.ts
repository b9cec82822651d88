interface Indexed {
  readonly literal: string;
  readonly index: number;
}

/** The states of an automaton that finds literals: which literals end in each, and which state each class of characters leads to. */
export class LiteralTree {
  /** For each character its class. 0: no literal has it. */
  readonly classOf = new Uint16Array(65_536);
  readonly classes: number;
  /** Each state has a row, as long as a power of two. */
  readonly shift: number;
  readonly next: Uint16Array;
  /** For each state whether any literal ends there. */
  readonly isEnd: Uint8Array;
  /** The length of the longest literal. */
  readonly longest: number;
  /** For each state the literals that end there. */
  readonly #ends: (readonly number[] | undefined)[];
  readonly #lengths = new Map<number, number>();

  /** The literals are in lower case, each with the number it is told by. */
  constructor(literals: readonly Indexed[]) {
    const alphabet = [...new Set(literals.map(({ literal }) => literal).join(""))];
    for (const [index, letter] of alphabet.entries()) this.#classify(letter, index + 1);
    for (const { literal, index } of literals) this.#lengths.set(index, literal.length);
    this.longest = Math.max(0, ...this.#lengths.values());
    this.classes = alphabet.length + 1;
    this.shift = Math.ceil(Math.log2(this.classes));
    const tree = this.#growTree(literals);
    if (tree.children.length > 65_535) throw new Error("the literals have too many states");
    this.next = new Uint16Array(tree.children.length << this.shift);
    this.#ends = tree.ends;
    this.#link(tree.children);
    this.isEnd = Uint8Array.from(this.#ends, (ends) => (ends ? 1 : 0));
  }

  /** Tells which literals end in this state, and where they began. */
  tell(state: number, end: number, onHit: (literal: number, start: number) => void): void {
    const ends = this.#ends[state] as readonly number[];
    for (let index = 0; index < ends.length; index += 1) {
      const literal = ends[index] as number;
      onHit(literal, end - (this.#lengths.get(literal) as number));
    }
  }

  #classify(letter: string, kind: number): void {
    this.classOf[letter.charCodeAt(0)] = kind;
    const upper = letter.toUpperCase();
    // The capital of a dotless "ı" is the "I" of another letter.
    if (upper.toLowerCase() === letter) this.classOf[upper.charCodeAt(0)] = kind;
  }

  #growTree(literals: readonly Indexed[]) {
    const children: Map<number, number>[] = [new Map()];
    const ends: (number[] | undefined)[] = [undefined];
    for (const { literal, index } of literals) {
      let state = 0;
      for (const letter of literal) {
        const kind = this.classOf[letter.charCodeAt(0)] as number;
        let child = children[state]?.get(kind);
        if (child === undefined) {
          child = children.push(new Map()) - 1;
          children[state]?.set(kind, child);
          ends[child] = undefined;
        }
        state = child;
      }
      ends[state] = [...(ends[state] ?? []), index];
    }
    return { children, ends };
  }

  /** Breadth first, so that the state to fall back to is complete before it is copied. */
  #link(children: readonly ReadonlyMap<number, number>[]): void {
    const row = (state: number) => state << this.shift;
    const root = children[0] ?? new Map();
    for (const [kind, child] of root) this.next[kind] = child;
    const queue = [...root.values()].map((state) => ({ state, fallback: 0 }));
    for (const { state, fallback } of queue) {
      this.#ends[state] = joined(this.#ends[state], this.#ends[fallback]);
      this.next.copyWithin(row(state), row(fallback), row(fallback + 1));
      for (const [kind, child] of children[state] ?? []) {
        queue.push({ state: child, fallback: this.next[row(state) + kind] as number });
        this.next[row(state) + kind] = child;
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
