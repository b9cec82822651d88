import { LiteralTree } from "./literal-tree.ts";
import { blockLength, type TextTraits, traitsOf } from "./text-traits.ts";

/** Is told of each piece of a text before it is read. */
interface ReadingBudget {
  spendCharacters(count: number): void;
}

/** Traits and groups of literals, in one number: made for each short text. */
export type Glance = number;

export function traitsIn(glance: Glance): number {
  return glance & traitsMask;
}

export function groupsIn(glance: Glance): number {
  return glance >> traitBits;
}

type OnHit = (literal: number, start: number) => void;

/** Whether anybody wants to be told of literals of these groups, all of which end there. */
type Wants = (groups: number, end: number) => boolean;

/** A multiple of the length of a block. */
const chunk = 65_536;
/** Of what is known of a character: its class among ASCII letters, whether a literal beyond ASCII has it, and its traits. */
const classMask = 0x7f;
const isBeyond = 0x80;
const traitBits = 8;
/** The traits of a glance; above them are the groups. */
const traitsMask = 0xff;

/**
 * Finds many literals in one pass over a text, in ASCII letters of either case (Aho-Corasick).
 *
 * The automaton is dense: every character has a class, every state a next state for every class.
 * So the cost is one table look-up a character, whatever the text: no input makes it slower. Literals with letters beyond ASCII
 * have an automaton of their own, which runs only near such letters: in one table they would make all of it too large for a cache.
 */
export class LiteralFinder {
  readonly #kindOf = new Uint16Array(65_536);
  readonly #ascii: LiteralTree;
  readonly #beyond: LiteralTree;
  readonly #groups: Uint8Array;

  /** The literals are in lower case. `groupOf`: the bit of each, for a {@link glance}. */
  constructor(literals: readonly string[], groupOf: (literal: number) => number = () => 1) {
    const indexed = literals.map((literal, index) => ({ literal, index }));
    const isAscii = (literal: string) => /^[\0-\x7f]*$/.test(literal);
    this.#ascii = new LiteralTree(indexed.filter(({ literal }) => isAscii(literal)));
    this.#beyond = new LiteralTree(indexed.filter(({ literal }) => !isAscii(literal)));
    this.#groups = this.#ascii.groups(groupOf);
    if (this.#ascii.classes > classMask) throw new Error("the literals have too many letters");
    for (let code = 0; code < 65_536; code += 1) {
      const kind = (traitsOf[code] as number) << traitBits;
      const marksBeyond = code > 0x7f && this.#beyond.classOf[code] !== 0;
      this.#kindOf[code] =
        kind | (this.#ascii.classOf[code] as number) | (marksBeyond ? isBeyond : 0);
    }
  }

  /**
   * The traits of all characters of a short text, and which groups of literals it has: a pass that makes nothing. Literals beyond ASCII
   * are not looked for.
   */
  glance(text: string): Glance {
    const kindOf = this.#kindOf;
    const groupsOf = this.#groups;
    const { next, shift, firstEnd } = this.#ascii;
    let state = 0;
    let kinds = 0;
    let groups = 0;
    for (let index = 0; index < text.length; index += 1) {
      const kind = kindOf[text.charCodeAt(index)] as number;
      kinds |= kind;
      state = next[(state << shift) | (kind & classMask)] as number;
      if (state >= firstEnd) groups |= groupsOf[state - firstEnd] as number;
    }
    return (kinds >> traitBits) | (groups << traitBits);
  }

  /**
   * Calls `onHit` with the index of each literal found and where it begins, in the order in which they end.
   * Of those in ASCII it tells only where `wants` says so. Returns the traits of the text.
   */
  find(text: string, budget: ReadingBudget, onHit: OnHit, wants: Wants = always): TextTraits {
    const ends = spare ?? newEnds();
    // Somebody who is told of one may look for others.
    spare = undefined;
    const ascii = new Ascii({ tree: this.#ascii, kindOf: this.#kindOf, text, ends });
    const tell = (to: number) => ascii.tell(to, this.#groups, wants, onHit);
    const blocks: number[] = [];
    let beyond: Beyond | undefined;
    let all = 0;
    for (let from = 0; from < text.length; from += blockLength) {
      const to = Math.min(from + blockLength, text.length);
      if (from % chunk === 0) budget.spendCharacters(Math.min(chunk, text.length - from));
      const kinds = ascii.read(from, to);
      if ((kinds & isBeyond) !== 0) beyond ??= new Beyond(this.#beyond, text);
      if (beyond && ((kinds & isBeyond) !== 0 || from < beyond.end)) {
        beyond.read(from, to);
        tellBoth(tell, beyond, onHit);
      } else if (ascii.count > 0) tell(to);
      blocks.push(kinds >> traitBits);
      all |= kinds;
    }
    spare = ends;
    return { all: all >> traitBits, blocks };
  }
}

/** In the order in which they end. */
function tellBoth(tell: (to: number) => void, beyond: Beyond, onHit: OnHit): void {
  for (let hit = 0; hit < beyond.ends.length; hit += 1) {
    const end = beyond.ends[hit] as number;
    tell(end);
    beyond.tree.tell(beyond.states[hit] as number, end, onHit);
  }
  tell(Number.POSITIVE_INFINITY);
}

/** Where literals end in one block, and the states that say which: no more than it has characters. */
interface Ends {
  readonly places: Uint32Array;
  readonly states: Uint16Array;
}

const newEnds = (): Ends => ({
  places: new Uint32Array(blockLength),
  states: new Uint16Array(blockLength),
});
/** What a search before this one does not need any more. */
let spare: Ends | undefined;

interface AsciiOptions {
  readonly tree: LiteralTree;
  readonly kindOf: Uint16Array;
  readonly text: string;
  readonly ends: Ends;
}

/** Where in a text the automaton of ASCII letters is, and what ended in the block that it read last. */
class Ascii {
  readonly #options: AsciiOptions;
  #state = 0;
  /** In how many places of the block something ended. What is found is told once a block is read: to call somebody within its loop would make all of it slower. */
  count = 0;
  #told = 0;

  constructor(options: AsciiOptions) {
    this.#options = options;
  }

  /** Returns what all the characters are. */
  read(from: number, to: number): number {
    const { text, kindOf, tree, ends } = this.#options;
    const { next, shift, firstEnd } = tree;
    const { places, states } = ends;
    let state = this.#state;
    let kinds = 0;
    let count = 0;
    for (let index = from; index < to; index += 1) {
      const kind = kindOf[text.charCodeAt(index)] as number;
      kinds |= kind;
      state = next[(state << shift) | (kind & classMask)] as number;
      if (state >= firstEnd) {
        places[count] = index + 1;
        states[count] = state;
        count += 1;
      }
    }
    this.#state = state;
    this.count = count;
    this.#told = 0;
    return kinds;
  }

  /** Tells of what ends up to there, and was not told yet. */
  tell(to: number, groups: Uint8Array, wants: Wants, onHit: OnHit): void {
    const { tree, ends } = this.#options;
    const { places, states } = ends;
    let told = this.#told;
    for (; told < this.count && (places[told] as number) <= to; told += 1) {
      const state = states[told] as number;
      const end = places[told] as number;
      if (wants(groups[state - tree.firstEnd] as number, end)) tree.tell(state, end, onHit);
    }
    this.#told = told;
  }
}

const always = () => true;

/** Where in a text the automaton of the letters beyond ASCII is, and what ended in the block that it read last. */
class Beyond {
  readonly tree: LiteralTree;
  readonly #text: string;
  #state = 0;
  /** Behind the last character that was read. */
  #at = 0;
  /** Where no literal can go on any more. */
  end = 0;
  ends: number[] = [];
  states: number[] = [];

  constructor(tree: LiteralTree, text: string) {
    this.tree = tree;
    this.#text = text;
  }

  /** Reads what stands there, and before it where a literal may have begun there. */
  read(from: number, to: number): void {
    const { classOf, next, shift, firstEnd, longest } = this.tree;
    const text = this.#text;
    const ends: number[] = [];
    const states: number[] = [];
    const isNew = this.#at < from - longest;
    let state = isNew ? 0 : this.#state;
    let last = -1;
    for (let index = isNew ? from - longest : this.#at; index < to; index += 1) {
      const code = text.charCodeAt(index);
      const kind = classOf[code] as number;
      state = next[(state << shift) | kind] as number;
      if (state >= firstEnd) {
        ends.push(index + 1);
        states.push(state);
      }
      if (code > 0x7f && kind !== 0) last = index;
    }
    this.#state = state;
    this.#at = to;
    this.ends = ends;
    this.states = states;
    if (last >= 0) this.end = last + longest;
  }
}
