import type { Span } from "./confirmers.ts";
import type { JoinedLetters } from "./joined-letters.ts";
import { base32, base64, hexadecimal, lowerBase32, setsOf } from "./letter-codes.ts";

const letterSet = base64.set;
const withDigits = base32.set | lowerBase32.set | hexadecimal.set;
const small = 1;
const capital = 2;
/** Or another sign. */
const digit = 4;
const shortestGroup = 4;
const longestGroup = 16;
/** Two words of one length stand side by side in any text, but seldom so many. */
const leastGroups = 5;
const leastLetters = 48;
/** A blank, or a blank and a line end. */
const longestGap = 3;
/**
 * Behind the beginning of a word that is in no groups so much is passed over. Of groups that begin there two stand whole behind it, of
 * whatever length they are.
 */
const stride = 23;

/** Groups of letters, all of one length but for a shorter last one. */
interface Groups extends Span {
  readonly letters: number;
}

/** Adds letters that were written in groups with a blank between them. Bytes in hexadecimal are read by others. */
export function addSpacedGroups(
  { text, codes }: { readonly text: string; readonly codes: Uint16Array },
  into: JoinedLetters,
): void {
  for (let from = 0; ; ) {
    const groups = nextGroups(text, from);
    if (groups === undefined) return;
    from = groups.end;
    if (isHexadecimal(codes, groups)) continue;
    for (let at = groups.start; at < groups.end; at += 1) {
      if ((codes[at] as number) > 0x20) into.add(codes[at] as number, at);
    }
    into.endRun(groups.end);
  }
}

/** Whether there are any, but for those of bytes in hexadecimal. */
export function hasSpacedGroups(text: string): boolean {
  return nextGroups(text, 0) !== undefined;
}

/** Words are looked at here and there only: most texts have nothing else. */
function nextGroups(text: string, from: number): Groups | undefined {
  const last = text.length - leastLetters;
  let lookedUpTo = from;
  for (let at = text.indexOf(" ", from); at >= 0 && at <= last; ) {
    const start = at + 1;
    const letters = isLetter(text, start + shortestGroup - 1) ? lettersFrom(text, start) : 0;
    const end = start + letters;
    if (
      letters >= shortestGroup &&
      letters <= longestGroup &&
      groupBehind(text, end, letters) > 0
    ) {
      const groups = allGroups(text, { start, end, letters }, lookedUpTo);
      if (groups.isCode) return groups;
      // What was looked at is not looked at again from each of its groups: time in proportion to the text.
      lookedUpTo = groups.end;
    }
    at = text.indexOf(" ", Math.max(end, at + stride, lookedUpTo));
  }
  return undefined;
}

/** With those before and behind it. */
function allGroups(text: string, one: Groups, from: number): Groups & { readonly isCode: boolean } {
  const { letters } = one;
  let { start, end } = one;
  let count = 1;
  for (let next = groupBehind(text, end, letters); next > 0; count += 1) {
    end = next + letters;
    next = groupBehind(text, end, letters);
  }
  for (let before = groupBefore(text, start, letters); before >= from; count += 1) {
    start = before;
    before = groupBefore(text, start, letters);
  }
  const rest = end + gapFrom(text, end);
  const restLetters = rest > end ? lettersFrom(text, rest) : 0;
  if (restLetters > 0 && restLetters < letters) {
    end = rest + restLetters;
    count += 1;
  }
  const isLong = count >= leastGroups && end - start >= leastLetters + leastGroups;
  return { start, end, letters, isCode: isLong && isCode(text, start, end) };
}

/**
 * Words have no digits, and no capitals but at their beginning; numbers of accounts and parts have no small letters. Letters that stand
 * for text are seldom so.
 */
function isCode(text: string, start: number, end: number): boolean {
  let sets = withDigits;
  let isMixed = false;
  let seen = 0;
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code <= 0x20) continue;
    sets &= setsOf[code] as number;
    const kind = kindAt(code);
    seen |= kind;
    isMixed ||= kind === digit || (kind === capital && at > start && isLetter(text, at - 1));
  }
  return isMixed && (sets !== 0 || (seen & small) !== 0);
}

function kindAt(code: number): number {
  if (code >= 0x61) return small;
  return code >= 0x41 && code <= 0x5a ? capital : digit;
}

/** Where one of so many letters begins behind this one. 0: none does. */
function groupBehind(text: string, end: number, letters: number): number {
  const gap = gapFrom(text, end);
  const next = end + gap;
  if (gap === 0 || !isLetter(text, next + letters - 1) || isLetter(text, next + letters)) return 0;
  return lettersFrom(text, next) === letters ? next : 0;
}

/** Where one begins before this one. Negative: none does. */
function groupBefore(text: string, start: number, letters: number): number {
  let end = start;
  while (end > 0 && start - end < longestGap && isBlank(text, end - 1)) end -= 1;
  let first = end;
  while (first > 0 && end - first <= letters && isLetter(text, first - 1)) first -= 1;
  return end < start && end - first === letters ? first : -1;
}

function gapFrom(text: string, end: number): number {
  let gap = 0;
  while (gap < longestGap && isBlank(text, end + gap)) gap += 1;
  return gap;
}

function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** No more are counted than it takes to see that there are too many. */
function lettersFrom(text: string, start: number): number {
  let at = start;
  const most = Math.min(text.length, start + longestGroup + 1);
  while (at < most && isLetter(text, at)) at += 1;
  return at - start;
}

function isLetter(text: string, at: number): boolean {
  return ((setsOf[text.charCodeAt(at)] as number) & letterSet) !== 0;
}

function isHexadecimal(codes: Uint16Array, { start, end, letters }: Groups): boolean {
  let sets = letters % 2 === 0 ? hexadecimal.set : 0;
  for (let at = start; at < end && sets !== 0; at += 1) {
    if ((codes[at] as number) > 0x20) sets &= setsOf[codes[at] as number] as number;
  }
  return sets !== 0;
}
