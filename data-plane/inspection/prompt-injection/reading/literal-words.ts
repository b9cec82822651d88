import { type AskedSigns, doubled, isLetter, lowerOf, type Units } from "../words/tokens.ts";
import { rarityOf } from "./telling-steps.ts";

/**
 * Which literals may be where a word is, in the order in which they stand in it, four numbers each: its lead, which is its number twice,
 * with one more where a word must begin there; where it begins, seen from where the word does; and which character must stand where,
 * if the literal is more than the word holds. A negative character: it is not.
 */
export type Path = Int32Array;
export const numbersOfPath = 4;
export const emptyPath: Path = new Int32Array(0);

/** Letters that are looked for, in lower case. */
export interface Literal {
  readonly letters: string;
  /** Whether they are looked for in the middle of words, too, and whether where a word begins. */
  readonly anywhere: boolean;
  readonly atStart: boolean;
  /** Whether the word must not go on behind them, but for an "s". */
  readonly endsWord: boolean;
}

/** The part of a literal that is looked for among words: letters without a sign between them. */
interface Anchor {
  readonly literal: number;
  readonly part: string;
  /** Where it begins in the literal. */
  readonly from: number;
  /** Whether signs stand before or behind it. */
  readonly isBegin: boolean;
  readonly isEnd: boolean;
  /** Whether the word must not go on behind it, but for an "s". */
  readonly endsWord: boolean;
  /** Where, seen from it, the literal has what tells most beside it, and which character that is. Negative: it is all of the literal. */
  readonly place: number;
  readonly character: number;
}

/** A place in a word. */
interface Within {
  readonly from: number;
  readonly at: number;
  readonly to: number;
}

const root = 1;
const edgeSlots = 65_536;
const bitsOfPair = 6;
const pairMask = (1 << bitsOfPair) - 1;
const pairOf = (first: number, second: number) =>
  ((first & pairMask) << bitsOfPair) | (second & pairMask);

/** Tells which of many literals a word may be a part of. Texts have few words, so each of them is asked seldom. */
export class LiteralWords {
  /** Signs of which literals without letters are made. */
  readonly asked: AskedSigns = new Uint8Array(65_536);
  readonly #literals: readonly Literal[];
  readonly #signs = new Map<number, Anchor[]>();
  /** A tree of letters: for a node and a letter the next node. */
  readonly #edges = new Int32Array(edgeSlots);
  readonly #nexts = new Int32Array(edgeSlots);
  #nodes = root;
  /** For each node the literals whose part ends there. */
  readonly #anchors: Anchor[][] = [];
  /** Which two letters such a part may begin with. Others may have the same number. */
  readonly #pairs = new Uint8Array(1 << (2 * bitsOfPair));
  readonly #path = new PathMaker();

  constructor(literals: readonly Literal[]) {
    this.#literals = literals;
    for (const [literal, { letters, endsWord }] of literals.entries()) {
      const anchor = anchorOf(literal, letters);
      if (anchor) this.#learn({ ...anchor, endsWord: endsWord && !anchor.isEnd });
      else this.#learnSigns(literal, letters);
    }
  }

  /** Of a word from here to there. */
  pathOf(units: Units, from: number, to: number): Path {
    this.#path.begin();
    for (let at = from; at < to; at += 1) {
      if (this.#mayBegin(units, at, to)) this.#addAt(units, { from, at, to });
    }
    return this.#path.path();
  }

  /** Of a sign that is asked for. */
  pathOfSign(code: number): Path {
    this.#path.begin();
    for (const anchor of this.#signs.get(code) ?? []) this.#addBoth(anchor, 0, true);
    return this.#path.path();
  }

  #mayBegin(units: Units, at: number, to: number): boolean {
    const first = lowerOf[units[at] as number] as number;
    const second = at + 1 < to ? (lowerOf[units[at + 1] as number] as number) : 0;
    return this.#pairs[pairOf(first, second)] === 1;
  }

  /** Adds the literals that have a part here. */
  #addAt(units: Units, word: Within): void {
    let node = root;
    for (let next = word.at; next < word.to; next += 1) {
      const letter = lowerOf[units[next] as number] as number;
      node = this.#nexts[this.#slotOf(node, letter)] as number;
      if (node === 0) return;
      const anchors = this.#anchors[node];
      if (anchors) this.#addAll(anchors, units, word);
    }
  }

  #addAll(anchors: readonly Anchor[], units: Units, { from, at, to }: Within): void {
    // What goes on from letters of ASCII begins no word.
    const goesOn = at > from && (units[at - 1] as number) < 128;
    for (const anchor of anchors) {
      if (anchor.isBegin && at > from) continue;
      const end = at + anchor.part.length;
      if (end < to && (anchor.isEnd || (anchor.endsWord && goesOnFrom(units, end, to)))) continue;
      this.#addBoth(anchor, at - from, !goesOn || anchor.from > 0);
    }
  }

  #addBoth(anchor: Anchor, at: number, mayBeStart: boolean): void {
    const { anywhere, atStart } = this.#literals[anchor.literal] as Literal;
    if (anywhere) this.#path.add(anchor.literal * 2, anchor, at);
    if (atStart && mayBeStart) this.#path.add(anchor.literal * 2 + 1, anchor, at);
  }

  #learn(anchor: Anchor): void {
    const { part } = anchor;
    let node = root;
    for (let at = 0; at < part.length; at += 1) node = this.#grow(node, part.charCodeAt(at));
    const anchors = this.#anchors[node] ?? [];
    anchors.push(anchor);
    this.#anchors[node] = anchors;
    const first = part.charCodeAt(0);
    const seconds = part.length > 1 ? [part.charCodeAt(1)] : Array(pairMask + 1).keys();
    for (const second of seconds) this.#pairs[pairOf(first, second)] = 1;
  }

  #learnSigns(literal: number, letters: string): void {
    const from = letters.length - letters.trimStart().length;
    const anchor = anchorAt(literal, letters, { from, to: from + 1 });
    const code = letters.charCodeAt(from);
    this.#signs.set(code, [...(this.#signs.get(code) ?? []), anchor]);
    this.asked[code] = 1;
  }

  #grow(node: number, code: number): number {
    const slot = this.#slotOf(node, code);
    if (this.#nexts[slot] !== 0) return this.#nexts[slot] as number;
    this.#nodes += 1;
    if (this.#nodes > edgeSlots / 2) throw new Error("the words of signals have too many letters");
    this.#edges[slot] = edgeOf(node, code);
    this.#nexts[slot] = this.#nodes;
    return this.#nodes;
  }

  /** Where this edge is, or would be. */
  #slotOf(node: number, code: number): number {
    const edge = edgeOf(node, code);
    let slot = Math.imul(edge, 0x9e3779b1) >>> 16;
    while (this.#nexts[slot] !== 0 && this.#edges[slot] !== edge) {
      slot = (slot + 1) & (edgeSlots - 1);
    }
    return slot;
  }
}

/** Whether there is more of a word from here on than an "s", as patterns see it: only letters of ASCII are of words to them. */
function goesOnFrom(units: Units, at: number, to: number): boolean {
  const next = lowerOf[units[at] as number] === letterS ? at + 1 : at;
  return next < to && (units[next] as number) < 128;
}

const letterS = 0x73;
const edgeOf = (node: number, code: number) => (node << 16) | code;

const usualLength = 4_096;

class PathMaker {
  #numbers = new Int32Array(usualLength);
  #count = 0;

  begin(): void {
    this.#count = 0;
  }

  add(lead: number, { from, place, character }: Anchor, at: number): void {
    if (this.#count === this.#numbers.length) this.#numbers = doubled(this.#numbers);
    const numbers = this.#numbers;
    numbers[this.#count] = lead;
    numbers[this.#count + 1] = at - from;
    numbers[this.#count + 2] = at + place;
    numbers[this.#count + 3] = character;
    this.#count += numbersOfPath;
  }

  path(): Path {
    return this.#count === 0 ? emptyPath : this.#numbers.slice(0, this.#count);
  }
}

/** Of the parts of a literal the one that is rarest; of those that are as rare the longest. Undefined: there is no letter in it. */
function anchorOf(literal: number, letters: string): Anchor | undefined {
  let best: Anchor | undefined;
  let from = 0;
  while (from < letters.length) {
    const to = endOfLetters(letters, from);
    if (to > from && (!best || isRarer(letters.slice(from, to), best.part))) {
      best = anchorAt(literal, letters, { from, to });
    }
    from = to + 1;
  }
  return best;
}

function anchorAt(
  literal: number,
  letters: string,
  { from, to }: { readonly from: number; readonly to: number },
): Anchor {
  const telling = tellingPlace(letters, from, to);
  return {
    literal,
    part: letters.slice(from, to),
    from,
    isBegin: from > 0,
    isEnd: to < letters.length,
    endsWord: false,
    place: telling - from,
    character: telling < 0 ? -1 : letters.charCodeAt(telling),
  };
}

function endOfLetters(letters: string, from: number): number {
  let to = from;
  while (to < letters.length && isLetter(letters.charCodeAt(to))) to += 1;
  return to;
}

function isRarer(part: string, than: string): boolean {
  const difference = rarityOf(part) - rarityOf(than);
  return difference === 0 ? part.length > than.length : difference > 0;
}

/** Where a literal has something beside a part of it that tells more than others: no blank, and near. -1: there is nothing else. */
function tellingPlace(letters: string, from: number, to: number): number {
  const behind = letters.slice(to).search(/\S/);
  if (behind >= 0) return to + behind;
  const before = letters.slice(0, from).trimEnd().length;
  if (before > 0) return before - 1;
  return to < letters.length ? to : from - 1;
}
