import { endsSentence } from "../words/tokens.ts";
import { PlaceTable } from "./place-table.ts";

/** A text whose lines are one. */
export interface JoinedLines {
  readonly text: string;
  /** Where breaks were that end a sentence, in order. */
  readonly ends: readonly number[];
  /** Where places of the text with lines are. */
  readonly table: PlaceTable;
}

const blankBefore = 40;
const newline = 0x0a;
const asLetters = /\\[nrt]/y;
const anyAsLetters = /\\[nrt]/g;
const lineBreak = /\s*\n\s*/y;

/** Lines are wrapped anywhere, and what was encoded twice has its breaks as letters: breaks become a blank, several of them one. */
export function joinLines(text: string): JoinedLines {
  const parts: string[] = [];
  const ends: number[] = [];
  const table = new PlaceTable();
  const breaks = new Breaks(text);
  let from = 0;
  let joined = 0;
  for (let at = breaks.next(0); at < text.length; at = breaks.next(from)) {
    const start = text.charCodeAt(at) === newline ? withoutBlanks(text, from, at) : at;
    parts.push(text.slice(from, start));
    joined += start - from;
    from = endOfBreaks(text, at);
    if (endsSentence(linesBetween(text, at, from), text.charCodeAt(from))) ends.push(joined);
    joined += 1;
    table.add(from, 1 - (from - start));
  }
  if (table.isEmpty) return { text, ends, table };
  parts.push(text.slice(from));
  return { text: parts.join(" "), ends, table };
}

function linesBetween(text: string, from: number, to: number): number {
  let lines = 0;
  for (let at = from; at < to; at += 1) if (text.charCodeAt(at) === newline) lines += 1;
  return lines;
}

/** Where breaks begin. Each kind is looked for once: the text is read once, however many breaks it has. */
class Breaks {
  readonly #text: string;
  #line = -1;
  #letters = -1;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next one from here on; the length of the text, where there is none. */
  next(from: number): number {
    if (this.#line < from) this.#line = this.#foundAt(this.#text.indexOf("\n", from));
    if (this.#letters < from) {
      anyAsLetters.lastIndex = from;
      this.#letters = this.#foundAt(anyAsLetters.exec(this.#text)?.index ?? -1);
    }
    return Math.min(this.#line, this.#letters);
  }

  #foundAt(index: number): number {
    return index < 0 ? this.#text.length : index;
  }
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
