/** Stands before a word that must not go on from a letter, a digit or "_": "ai" is in many words, and seldom one of its own. */
export const wordStart = "\b";
/** Stands behind a word that must not go on, but for an "s": "bot" is in "both". */
export const wordEnd = "\b";

/** The letters of a word, without these. */
export const lettersOf = (word: string) =>
  word.includes(wordStart) ? word.replaceAll(wordStart, "") : word;

/** Words of which one must stand there. */
export interface Step {
  readonly words: readonly string[];
  /** At most so many characters behind where the word of the step before begins. Of the first, behind where what matches begins. */
  readonly within: number;
}

/** What must stand in a text for an alternative of a pattern to match: a word of each step, in this order. None: anything may match. */
export interface Chain {
  readonly steps: readonly Step[];
  /** How far behind where the word of the last step begins a match may end. */
  readonly tail: number;
}
