import { blockLength, textTraits } from "../text-traits.ts";

/** Is told where each run of digits begins and ends. */
export interface DigitRunVisitor {
  look(start: number, end: number): void;
}

/** Tells of each run of digits, in order. `blocks`: the traits of the text's blocks, where they are known. */
export function eachDigitRun(
  text: string,
  blocks: readonly number[] | undefined,
  visitor: DigitRunVisitor,
): void {
  const { length } = text;
  let at = 0;
  for (let block = 0, from = 0; from < length; block += 1, from += blockLength) {
    if (blocks && ((blocks[block] as number) & textTraits.digit) === 0) continue;
    at = tellRuns(text, Math.max(at, from), Math.min(from + blockLength, length), visitor);
  }
}

/** Of those that begin there. Returns behind the last of them, or the end. */
function tellRuns(text: string, from: number, to: number, visitor: DigitRunVisitor): number {
  let at = from;
  while (at < to) {
    if (!isDigit(text.charCodeAt(at))) {
      at += 1;
      continue;
    }
    const start = at;
    at += 1;
    while (at < text.length && isDigit(text.charCodeAt(at))) at += 1;
    visitor.look(start, at);
  }
  return at;
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
