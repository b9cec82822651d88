/** A text whose lines are one, and where each place of it is there. */
export interface JoinedLines {
  readonly text: string;
  /** Where a place of the text with lines is here. */
  placeOf(place: number): number;
  /** Where a place here is in the text with lines. */
  originOf(place: number): number;
}

const blankBefore = 40;
const asLetters = /\\[nrt]/y;
const lineBreak = /\s*\n\s*/y;

/** Lines are wrapped anywhere, and what was encoded twice has its breaks as letters: breaks become a blank, several of them one. */
export function joinLines(text: string): JoinedLines {
  const parts: string[] = [];
  /** For each break where it ends in the text, and in the joined one. */
  const ends: number[] = [];
  const joined: number[] = [];
  let from = 0;
  let length = 0;
  for (let at = nextBreak(text, 0); at < text.length; at = nextBreak(text, from)) {
    const start = text.charCodeAt(at) === newline ? withoutBlanks(text, from, at) : at;
    parts.push(text.slice(from, start));
    length += start - from + 1;
    from = endOfBreaks(text, at);
    ends.push(from);
    joined.push(length);
  }
  if (ends.length === 0) return { text, placeOf: same, originOf: same };
  parts.push(text.slice(from));
  return {
    text: parts.join(" "),
    placeOf: (place) => moved(place, ends, joined),
    originOf: (place) => moved(place, joined, ends),
  };
}

const same = (place: number) => place;

/** As far behind the last of the places in the one text as it is in the other. */
function moved(place: number, from: readonly number[], to: readonly number[]): number {
  const index = lastAtMost(from, place);
  if (index < 0) return place;
  return (to[index] as number) + place - (from[index] as number);
}

const newline = 0x0a;
const backslash = "\\";

/** Where the next break begins; the length of the text, where there is none. */
function nextBreak(text: string, from: number): number {
  const line = text.indexOf("\n", from);
  const end = line < 0 ? text.length : line;
  for (let at = text.indexOf(backslash, from); at >= 0 && at < end; ) {
    asLetters.lastIndex = at;
    if (asLetters.test(text)) return at;
    at = text.indexOf(backslash, at + 1);
  }
  return end;
}

function withoutBlanks(text: string, from: number, at: number): number {
  let start = at;
  while (start > from && at - start < blankBefore && text.charAt(start - 1).trim() === "")
    start -= 1;
  return start;
}

function endOfBreaks(text: string, at: number): number {
  let end = at;
  for (;;) {
    const pattern = text.charCodeAt(end) === 0x5c ? asLetters : lineBreak;
    pattern.lastIndex = end;
    if (!pattern.test(text)) return end;
    end = pattern.lastIndex;
  }
}

/** The index of the last of these numbers in order that is not greater. -1: all are. */
function lastAtMost(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
