import type { Part, Sequence } from "../../pattern-tree.ts";

/** Whether words begin behind this character. */
export function isSign(letter: string): boolean {
  const code = letter.charCodeAt(0);
  return code < 128 ? plainSigns[code] === 1 : !/[\p{L}\p{N}_]/u.test(letter);
}

const plainSigns = Uint8Array.from({ length: 128 }, (_, code) =>
  /\w/.test(String.fromCharCode(code)) ? 0 : 1,
);

/** Whether what stands from here on, or behind the end of the sequence, begins with what is none of words, or with an "s" before that. */
export function isApartFrom(sequence: Sequence, from: number, isApartBehind: boolean): boolean {
  const part = sequence[from];
  if (!part) return isApartBehind;
  const { kind, least } = part;
  const isBehind = () => isApartFrom(sequence, from + 1, isApartBehind);
  if (kind.name === "around") return isBehind();
  if (kind.name === "place") return kind.beginsWord;
  if (isPlural(part)) return isBehind();
  return beginsApart(kind, isBehind) && (least > 0 || isBehind());
}

function beginsApart(kind: Part["kind"], isBehind: () => boolean): boolean {
  if (kind.name === "letter") return isSign(kind.letter);
  if (kind.name === "any") return kind.isApart;
  if (kind.name !== "group") return false;
  return kind.alternatives.every((it) => isApartFrom(it, 0, isBehind()));
}

const isPlural = ({ kind, most }: Part) =>
  kind.name === "letter" && kind.letter === "s" && most === 1;

/** Behind what may be missing a word begins only where one began before it, too. */
export function beginsWordBehind({ kind, least, most }: Part, isAtStart: boolean): boolean {
  if (least === 0 && !isAtStart) return false;
  if (kind.name === "any") return kind.isApart;
  if (kind.name === "letter") return isSign(kind.letter);
  return kind.name === "group" && most === 1 && kind.alternatives.every(endsAtStart);
}

function endsAtStart(sequence: Sequence): boolean {
  const last = sequence.at(-1);
  if (!last) return false;
  const { kind, least } = last;
  if (kind.name === "place") return kind.beginsWord;
  const isApart =
    kind.name === "letter" ? isSign(kind.letter) : kind.name === "any" && kind.isApart;
  return isApart && (least > 0 || endsAtStart(sequence.slice(0, -1)));
}
