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
  /** The states where literals end come last: the first of them. */
  readonly firstEnd: number;
  /** The length of the longest literal. */
  readonly longest: number;
  /** For each state from the first end on the literals that end there, and how long they are. */
  readonly #ends: readonly (readonly number[])[];
  readonly #lengths: Uint16Array;

  /** The literals are in lower case, each with the number it is told by. */
  constructor(literals: readonly Indexed[]) {
    const alphabet = [...new Set(literals.map(({ literal }) => literal).join(""))];
    for (const [index, letter] of alphabet.entries()) this.#classify(letter, index + 1);
    this.#lengths = new Uint16Array(1 + Math.max(0, ...literals.map(({ index }) => index)));
    for (const { literal, index } of literals) this.#lengths[index] = literal.length;
    this.longest = Math.max(0, ...literals.map(({ literal }) => literal.length));
    this.classes = alphabet.length + 1;
    this.shift = Math.ceil(Math.log2(this.classes));
    const { children, ends } = this.#growTree(literals);
    if (children.length > 65_535) throw new Error("the literals have too many states");
    const linked = this.#link(children, ends);
    const order = [...ends.keys()].toSorted((one, other) => rank(ends[one]) - rank(ends[other]));
    this.#ends = order.flatMap((state) => (ends[state] ? [ends[state]] : []));
    this.firstEnd = order.length - this.#ends.length;
    this.next = this.#inOrder(linked, order);
  }

  /** Tells which literals end in this state, and where they began. */
  tell(state: number, end: number, onHit: (literal: number, start: number) => void): void {
    const ends = this.#ends[state - this.firstEnd] as readonly number[];
    for (let index = 0; index < ends.length; index += 1) {
      const literal = ends[index] as number;
      onHit(literal, end - (this.#lengths[literal] as number));
    }
  }

  /** For each state from the first end on the groups of all literals that end there, as bits. */
  groups(groupOf: (literal: number) => number): Uint8Array {
    return Uint8Array.from(this.#ends, (literals) =>
      literals.reduce((groups, literal) => groups | groupOf(literal), 0),
    );
  }

  #classify(letter: string, kind: number): void {
    this.classOf[letter.charCodeAt(0)] = kind;
    const upper = letter.toUpperCase();
    // The capital of a dotless "ı" is the "I" of another letter.
    if (upper.toLowerCase() === letter) this.classOf[upper.charCodeAt(0)] = kind;
  }

  #growTree(literals: readonly Indexed[]) {
    const children: Map<number, number>[] = [new Map()];
    const ends: Ends = [undefined];
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
  #link(children: readonly ReadonlyMap<number, number>[], ends: Ends): Uint16Array {
    const next = new Uint16Array(children.length << this.shift);
    const row = (state: number) => state << this.shift;
    const root = children[0] ?? new Map();
    for (const [kind, child] of root) next[kind] = child;
    const queue = [...root.values()].map((state) => ({ state, fallback: 0 }));
    for (const { state, fallback } of queue) {
      ends[state] = joined(ends[state], ends[fallback]);
      next.copyWithin(row(state), row(fallback), row(fallback + 1));
      for (const [kind, child] of children[state] ?? []) {
        queue.push({ state: child, fallback: next[row(state) + kind] as number });
        next[row(state) + kind] = child;
      }
    }
    return next;
  }

  /** The same rows, with the states numbered in this order. */
  #inOrder(linked: Uint16Array, order: readonly number[]): Uint16Array {
    const numbers = new Uint16Array(order.length);
    for (const [number, state] of order.entries()) numbers[state] = number;
    const next = new Uint16Array(linked.length);
    for (const [number, state] of order.entries()) {
      const row = linked.subarray(state << this.shift, (state + 1) << this.shift);
      next.set(
        row.map((to) => numbers[to] as number),
        number << this.shift,
      );
    }
    return next;
  }
}

/** For each state the literals that end there. */
type Ends = (readonly number[] | undefined)[];

/** States without an end first. */
const rank = (ends: readonly number[] | undefined) => (ends ? 1 : 0);

function joined(
  own: readonly number[] | undefined,
  inherited: readonly number[] | undefined,
): readonly number[] | undefined {
  return own && inherited ? [...own, ...inherited] : (own ?? inherited);
}
