import type { Cuts } from "./cuts.ts";
import { decodingsOf, type Encoding } from "./decodings.ts";
import type { Leaf } from "./json-leaves.ts";

/** A text to look at: one of the value, or what one of them says once it is decoded. */
export interface Piece extends Leaf {
  readonly through?: Encoding | "joined";
}

const samples = 16;
const maxDecodedCharacters = 65_536;
const maxPieces = 256;

/** What fits into so many characters; of the text that does not, sixteen parts from beginning to end. */
export function fitted(leaves: readonly Leaf[], characters: number, cuts: Cuts): readonly Piece[] {
  let left = characters;
  const kept: Piece[] = [];
  for (const leaf of leaves) {
    if (leaf.text.length <= left) {
      kept.push(leaf);
      left -= leaf.text.length;
      continue;
    }
    cuts.note("characters");
    const length = Math.floor(left / samples);
    const step = Math.floor(leaf.text.length / samples);
    for (let index = 0; index < samples && length > 0; index += 1) {
      const text = leaf.text.slice(index * step, index * step + length);
      kept.push({ text, pointer: leaf.pointer });
    }
    break;
  }
  return kept;
}

/** The pieces, and behind them what they say decoded, and decoded again. */
export function withDecodings(pieces: readonly Piece[], cuts: Cuts): readonly Piece[] {
  const once = decoded([...pieces, ...joinedFragments(pieces)], cuts);
  return once.length === 0 ? pieces : [...pieces, ...once, ...decoded(once, cuts)];
}

function decoded(pieces: readonly Piece[], cuts: Cuts): readonly Piece[] {
  const found: Piece[] = [];
  let left = maxDecodedCharacters;
  for (const { text, pointer, through } of pieces) {
    for (const it of decodingsOf(text)) {
      if (it.text.length > left || found.length >= maxPieces) {
        cuts.note("decodings");
        return found;
      }
      left -= it.text.length;
      found.push({ text: it.text, pointer, through: through ?? it.through });
    }
  }
  return found;
}

const fragment = /^[A-Za-z0-9+/_-]{2,8192}={0,2}$/;

/** An encoded text that was given in parts: neither decodes well by itself. */
function joinedFragments(pieces: readonly Piece[]): readonly Piece[] {
  const parts = pieces.filter(({ text }) => fragment.test(text)).slice(0, maxPieces);
  const [first] = parts;
  if (first === undefined || parts.length < 2) return [];
  const text = parts.map((part) => part.text.replace(/=+$/, "")).join("");
  const spaced = parts.map((part) => part.text).join(" ");
  return [
    { text: text.slice(0, 8_192), pointer: first.pointer, through: "joined" },
    ...(/^(?:\d{2,3} ){7}/.test(spaced)
      ? [{ text: spaced.slice(0, 8_192), pointer: first.pointer, through: "joined" as const }]
      : []),
  ];
}
