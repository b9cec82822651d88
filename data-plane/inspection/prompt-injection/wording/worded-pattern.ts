import { forEachWordIn } from "./weighed-words.ts";
import { hashOfWord } from "./word-slots.ts";
import { type Likeness, type WordedPlaces, WordingReader } from "./wording-reader.ts";
import { readWordingTable } from "./wording-table.ts";

/** Read once. */
export const wordingTable = readWordingTable();

/** A text that is worded as injected orders are, whatever it says: no list of words, but a table of what many of them weigh. */
export class WordedPattern {
  readonly likeness: Likeness;

  constructor(likeness: Likeness) {
    this.likeness = likeness;
  }

  test(text: string): boolean {
    return this.placesIn(text).length > 0;
  }

  placesIn(text: string): WordedPlaces {
    const reader = new WordingReader(wordingTable);
    reader.begin();
    forEachWordIn(text, {
      onWord: (word, start, end) => reader.add(hashOfWord(word), start, end),
      onEnd: (at) => reader.end(at),
    });
    return reader.places()[this.likeness];
  }
}
