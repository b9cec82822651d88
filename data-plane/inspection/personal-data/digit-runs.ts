import { isDigit, numberSigns, signsOf } from "./number-signs.ts";

/** Is told where each run of digits begins and ends that may be part of a number of somebody. */
export interface DigitRunVisitor {
  look(start: number, end: number): void;
  /** Before so many characters are looked at one by one: in most texts hardly any. */
  begin(count: number): void;
}

/** In shorter texts to look for them all is as quick. */
const leastSearched = 128;
/** Behind a place where there may be a number each run is looked at: numbers come in lists. */
const stretch = 128;

/**
 * Digits that may begin a number of somebody, or stand in one: as many together as a card or a social security number has, so many in
 * groups with the same between them, or the check digits of an account. No date, time, size, version or digest has them. It
 * errs toward yes, and is read natively: most of a text is never looked at otherwise.
 */
const mayBegin =
  /(?<!\d)\d(?:\d{11}|\d{8}(?!\d)|\d{2,5}([ .\u00a0\u2007\u2009\u202f\u2010\u2011\u2013-])\d(?:\1?\d){5}|(?<=(?<![A-Za-z\d])[A-Za-z]{2}\d)\d(?:[ \u00a0\u202f-]?[A-Za-z\d]){11})/g;

/** Tells of the runs of digits of a text that may matter, in order, and of all those around them. */
export function eachDigitRun(text: string, visitor: DigitRunVisitor): void {
  if (text.length < leastSearched) {
    tellAll(text, { start: 0, end: text.length }, visitor);
    return;
  }
  for (let at = 0; at < text.length; ) {
    mayBegin.lastIndex = at;
    const match = mayBegin.exec(text);
    if (!match) return;
    const end = Math.min(match.index + stretch, text.length);
    const start = startOfGroups(text, match.index, at);
    visitor.begin(end - start);
    at = tellAll(text, { start, end }, visitor);
  }
}

/** Where the groups begin that these digits belong to: what came before decides how they are read. */
function startOfGroups(text: string, from: number, least: number): number {
  let start = from;
  while (start > least) {
    const isJoined = isDigit(text.charCodeAt(start - 1));
    const isBehindGroup =
      start - 1 > least && isSeparator(text, start - 1) && isDigit(text.charCodeAt(start - 2));
    if (!isJoined && !isBehindGroup) break;
    start -= 1;
  }
  return start;
}

function isSeparator(text: string, at: number): boolean {
  return ((signsOf[text.charCodeAt(at)] as number) & numberSigns.separates) !== 0;
}

/** Of those that begin there. Returns behind the last of them, or the end. */
function tellAll(
  text: string,
  { start: from, end: to }: { readonly start: number; readonly end: number },
  visitor: DigitRunVisitor,
): number {
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
