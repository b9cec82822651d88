import { compareDefinitions, type DefinitionChange } from "./compare-definitions.ts";
import { findRisks } from "./find-risks.ts";
import { isOneLetterApart } from "./likeness.ts";

/** More misspelled words in one text are another text. */
const maxMended = 2;
const prose = /(?:^|\/)(?:description|title|instructions)$/;
/** Shorter words become other ones by a letter: now and not, may and way. */
const mendable = /^[a-z]{5,}[.,;:!?]?$/i;

/**
 * Whether two canonical definitions differ in nothing but white space and spelling of what people read, and nothing is riskier.
 * Order of keys is no difference: there is one in RFC 8785.
 */
export function isCosmetic(before: string, after: string): boolean {
  const changes = compareDefinitions(before, after);
  if (changes.length === 0 || findRisks(before, after).length > 0) return false;
  return changes.every(isSameProse);
}

function isSameProse({ pointer, before, after }: DefinitionChange): boolean {
  if (before === undefined || after === undefined || !prose.test(pointer)) return false;
  const [old, now] = [wordsOf(before), wordsOf(after)];
  if (old.length !== now.length) return false;
  const mended = old.flatMap((word, at) => (word === now[at] ? [] : [[word, now[at] ?? ""]]));
  return (
    mended.length <= maxMended && mended.every(([one = "", other = ""]) => isSpelt(one, other))
  );
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/u).filter((word) => word !== "");
}

/** Whether one word is the other with a letter too many, too few, another, or two in the wrong order. */
function isSpelt(one: string, other: string): boolean {
  if (!mendable.test(one) || !mendable.test(other) || one[0] !== other[0]) return false;
  return isOneLetterApart(one, other);
}
