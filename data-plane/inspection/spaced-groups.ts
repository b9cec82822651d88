import type { JoinedLetters } from "./joined-letters.ts";
import { base32, base64, hexadecimal, lowerBase32, setsOf } from "./letter-codes.ts";
import { codesOf } from "./text-codes.ts";

const withDigits = base32.set | lowerBase32.set | hexadecimal.set;
/** What a letter is not, as bits beside those of the sets that have it: so the bits that all letters have in common tell of all of them. */
const noSmall = 32;
const noCapital = 64;
/** Or another sign. */
const noDigit = 128;
const traitsOf = new Uint8Array(65_536).map((_, code) => traitsOfLetter(code));

function traitsOfLetter(code: number): number {
  const sets = setsOf[code] as number;
  if ((sets & base64.set) === 0) return 0;
  const letters = sets & (base64.set | withDigits);
  if (code >= 0x61) return letters | noCapital | noDigit;
  return letters | noSmall | (code >= 0x41 && code <= 0x5a ? noDigit : noCapital);
}

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

/** A text, and its UTF-16 with zeros behind it. */
interface CodedText {
  readonly text: string;
  readonly codes: Uint16Array;
}

/** Groups of letters, all of one length but for a shorter last one. */
interface Groups {
  start: number;
  end: number;
  /** Behind the shorter one. It may be the first of others, too. */
  restEnd: number;
  /** In each of them. */
  readonly letters: number;
  count: number;
  /** What all their letters have in common. */
  traits: number;
}

/** Adds letters that were written in groups with a blank between them. Bytes in hexadecimal are read by others. */
export function addSpacedGroups(coded: CodedText, into: JoinedLetters): void {
  const { codes } = coded;
  for (let groups = nextGroups(coded, 0); groups; groups = nextGroups(coded, groups.end)) {
    for (let at = groups.start; at < groups.restEnd; at += 1) {
      if ((codes[at] as number) > 0x20) into.add(codes[at] as number, at);
    }
    into.endRun(groups.restEnd);
  }
}

/** Whether there are any. */
export function hasSpacedGroups(text: string): boolean {
  return text.length > leastLetters && nextGroups({ text, codes: codesOf(text) }, 0) !== undefined;
}

/** Words are looked at here and there only: most texts have nothing else. */
function nextGroups({ text, codes }: CodedText, from: number): Groups | undefined {
  const last = text.length - 2 * shortestGroup;
  let lookedUpTo = from;
  for (let at = text.indexOf(" ", from); at >= 0 && at <= last; ) {
    const start = at + gapFrom(codes, at);
    const letters = isLetter(codes, start + shortestGroup - 1) ? lettersFrom(codes, start) : 0;
    let next = Math.max(start + letters, at + stride);
    if (isLength(letters) && groupBehind(codes, start + letters, letters) > 0) {
      const groups = allGroups(codes, start, letters, lookedUpTo);
      // What was looked at is not looked at again from each of its groups: time in proportion to the text.
      lookedUpTo = groups.end;
      next = groups.end;
      if (isCode(groups)) return groups;
    }
    at = text.indexOf(" ", next);
  }
  return undefined;
}

function isLength(letters: number): boolean {
  return letters >= shortestGroup && letters <= longestGroup;
}

/** With those before and behind the one that begins there. */
function allGroups(codes: Uint16Array, start: number, letters: number, from: number): Groups {
  const traits = traitsOfGroup(codes, start, start + letters);
  const end = start + letters;
  const groups = { start, end, restEnd: end, letters, count: 1, traits };
  for (let next = groupBehind(codes, groups.end, letters); next > 0; ) {
    groups.end = next + letters;
    groups.traits &= traitsOfGroup(codes, next, groups.end);
    groups.count += 1;
    next = groupBehind(codes, groups.end, letters);
  }
  for (let before = groupBefore(codes, start, letters); before >= from; ) {
    groups.start = before;
    groups.traits &= traitsOfGroup(codes, before, before + letters);
    groups.count += 1;
    before = groupBefore(codes, before, letters);
  }
  addRest(codes, groups);
  return groups;
}

/** What is left of the letters. */
function addRest(codes: Uint16Array, groups: Groups): void {
  groups.restEnd = groups.end;
  const start = groups.end + gapFrom(codes, groups.end);
  const letters = start > groups.end ? lettersFrom(codes, start) : 0;
  if (letters === 0 || letters >= groups.letters) return;
  groups.restEnd = start + letters;
  groups.traits &= traitsOfGroup(codes, start, groups.restEnd);
  groups.count += 1;
}

/**
 * Words have no digits, and no capitals but at their beginning; numbers of accounts and parts have no small letters. Letters that stand
 * for text are seldom so.
 */
function isCode({ start, restEnd, letters, count, traits }: Groups): boolean {
  if (count < leastGroups || restEnd - start < leastLetters + leastGroups) return false;
  if (letters % 2 === 0 && (traits & hexadecimal.set) !== 0) return false;
  const isMixed = (traits & noDigit) === 0 || (traits & noCapital) === 0;
  return isMixed && ((traits & withDigits) !== 0 || (traits & noSmall) === 0);
}

/** What all letters of a group have in common; a capital at its beginning does not count as one. */
function traitsOfGroup(codes: Uint16Array, start: number, end: number): number {
  const traitsOfCode = traitsOf;
  let traits = (traitsOfCode[codes[start] as number] as number) | noCapital;
  for (let at = start + 1; at < end; at += 1) traits &= traitsOfCode[codes[at] as number] as number;
  return traits;
}

/** Where one of so many letters begins behind this one. 0: none does. */
function groupBehind(codes: Uint16Array, end: number, letters: number): number {
  const gap = gapFrom(codes, end);
  const next = end + gap;
  return gap > 0 && isGroup(codes, next, next + letters) ? next : 0;
}

/** Where one begins before this one. Negative: none does. */
function groupBefore(codes: Uint16Array, start: number, letters: number): number {
  let end = start;
  while (end > 0 && start - end < longestGap && isBlank(codes, end - 1)) end -= 1;
  const first = end - letters;
  const begins = first === 0 || (first > 0 && !isLetter(codes, first - 1));
  return end < start && begins && isGroup(codes, first, end) ? first : -1;
}

/** Whether there are letters, and no more behind them. */
function isGroup(codes: Uint16Array, start: number, end: number): boolean {
  if (!isLetter(codes, end - 1) || isLetter(codes, end)) return false;
  return (traitsOfGroup(codes, start, end) & base64.set) !== 0;
}

function gapFrom(codes: Uint16Array, end: number): number {
  let gap = 0;
  while (gap < longestGap && isBlank(codes, end + gap)) gap += 1;
  return gap;
}

function isBlank(codes: Uint16Array, at: number): boolean {
  const code = codes[at] as number;
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** No more are counted than it takes to see that there are too many. */
function lettersFrom(codes: Uint16Array, start: number): number {
  let at = start;
  const most = start + longestGroup + 1;
  while (at < most && isLetter(codes, at)) at += 1;
  return at - start;
}

function isLetter(codes: Uint16Array, at: number): boolean {
  return (traitsOf[codes[at] as number] as number) !== 0;
}
