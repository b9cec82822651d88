import { type Alternatives, type Part, readPattern, type Sequence } from "../pattern-tree.ts";

/** From the most usual to the rarest in names, paths and addresses. All signs of ASCII: each has a bit. */
const signs = "-._/:@=&?,+%#'()*!;~\"|[]{}<>$^`\\";
const anySign = -1;

const bitOf = new Int32Array(65_536);
for (const [index, sign] of [...signs].entries()) bitOf[sign.charCodeAt(0)] = 1 << index;

/** Which signs there are in a text, as bits. */
export function signsIn(text: string): number {
  let present = 0;
  for (let index = 0; index < text.length; index += 1) {
    present |= bitOf[text.charCodeAt(index)] as number;
  }
  return present;
}

/** Signs of which a text must have one for a pattern to match, as bits. All bits: it may match without any. */
export function requiredSigns({ source }: RegExp): number {
  return requiredByOneOf(readPattern(source) ?? [[]])?.bits ?? anySign;
}

/** Whether a pattern may match a text with these signs. */
export function mayMatch(required: number, present: number): boolean {
  return required === anySign || (required & present) !== 0;
}

/** Patterns, each with the signs that it needs: most texts have few, so most patterns are never asked. */
export class SignedPatterns {
  readonly #patterns: readonly RegExp[];
  readonly #required: Int32Array;

  constructor(patterns: readonly RegExp[]) {
    this.#patterns = patterns;
    this.#required = Int32Array.from(patterns, requiredSigns);
  }

  /** Whether one of them matches a text. `present`: of {@link signsIn}. */
  test(text: string, present = signsIn(text)): boolean {
    const required = this.#required;
    for (let index = 0; index < required.length; index += 1) {
      if (!mayMatch(required[index] as number, present)) continue;
      if (this.#patterns[index]?.test(text)) return true;
    }
    return false;
  }
}

interface Signs {
  readonly bits: number;
  /** That of the most usual of them. */
  readonly rarity: number;
}

/** Undefined: one of the alternatives matches without a sign. */
function requiredByOneOf(alternatives: Alternatives): Signs | undefined {
  let bits = 0;
  let rarity = signs.length;
  for (const sequence of alternatives) {
    const required = requiredByAllOf(sequence);
    if (!required) return undefined;
    bits |= required.bits;
    rarity = Math.min(rarity, required.rarity);
  }
  return { bits, rarity };
}

/** All parts match, so the one that asks for the rarest signs tells most. */
function requiredByAllOf(sequence: Sequence): Signs | undefined {
  let rarest: Signs | undefined;
  for (const part of sequence) {
    const required = part.least > 0 ? requiredBy(part) : undefined;
    if (required && (!rarest || required.rarity > rarest.rarity)) rarest = required;
  }
  return rarest;
}

function requiredBy({ kind }: Part): Signs | undefined {
  if (kind.name === "letter") return oneOf([kind.letter]);
  if (kind.name === "any") return kind.signs && oneOf(kind.signs);
  if (kind.name === "group") return requiredByOneOf(kind.alternatives);
  return kind.name === "around" && kind.isWanted ? requiredByOneOf(kind.alternatives) : undefined;
}

function oneOf(letters: readonly string[]): Signs | undefined {
  let bits = 0;
  let rarity = signs.length;
  for (const letter of letters) {
    const rarityOfLetter = signs.indexOf(letter);
    if (rarityOfLetter < 0) return undefined;
    bits |= 1 << rarityOfLetter;
    rarity = Math.min(rarity, rarityOfLetter);
  }
  return { bits, rarity };
}
