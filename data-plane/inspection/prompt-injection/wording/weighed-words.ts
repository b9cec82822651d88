import { joinLines } from "../reading/join-lines.ts";
import { narrowed } from "../reading/narrow-text.ts";
import { forEachToken, loweredIn, noSigns, type TokenSink, unitsOf } from "../words/tokens.ts";
import { denialLength } from "../words/words.ts";

/** No word is known by more letters. */
const longestKnown = 64;

export interface WordSink {
  /** A word in lower case. */
  onWord(word: string, start: number, end: number): void;
  onEnd(at: number): void;
}

/** Tells of the words of a text as they are weighed: its lines joined, ends of sentences where items or paragraphs end. */
export function forEachWordIn(text: string, { onWord, onEnd }: WordSink): void {
  const plain = narrowed(text);
  const joined = joinLines(plain);
  const ends = plain.includes("\\") ? [] : [...joined.ends];
  const units = unitsOf(joined.text);
  const word = (start: number, end: number) => {
    while ((ends[0] ?? start) < start) onEnd(ends.shift() as number);
    onWord(loweredIn(units, start, Math.min(end, start + longestKnown)), start, end);
  };
  const sink: TokenSink = {
    onWord: word,
    onDenial: (start, end) => word(start, end + denialLength),
    onRest: () => {},
    onSign: () => {},
    onEnd,
  };
  forEachToken(units, noSigns, sink);
}
