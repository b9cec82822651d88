import type { Cuts } from "./cuts.ts";
import { FoldedText } from "./folded-text.ts";
import type { KeyedDigests } from "./keyed-digests.ts";
import { maxValuesOfText, namedValuesIn } from "./named-values.ts";
import { namesIn } from "./names.ts";
import type { Piece } from "./pieces.ts";
import { isSecretWord, maxWords, secretWordsIn } from "./secret-words.ts";
import { gramLength, isVaried, shingleLength, type Winnowing } from "./shingles.ts";
import { tokenStretches } from "./token-parts.ts";
import { foldedOf, type Trace, TraceBatch } from "./trace-batch.ts";

interface Place {
  readonly pointer: string;
  readonly through?: NonNullable<Piece["through"]> | "reversed" | "rot13";
}

/** Where arguments hold something (JSON Pointer), and how it is disguised there. */
export type Located = Trace & Place;

/** Fewer neighbours than with results: whatever was chosen there among more is chosen here, too. */
const window = 8;
const windowOfDisguises = 24;
const maxTokenParts = 2_048;
/** Of shingles in each of three readings, and of all traces: each is looked up. */
const maxShingles = 4_096;
const maxTraces = 24_576;
const shortText = 512;
const shortestWord = 6;
const longestSecret = 16_384;
const longestTurned = 128;
/** Of more arguments, two that belong together are not looked for. */
const maxParts = 24;

/** Finds what arguments bear. */
export class ArgumentTraces {
  readonly #batch: TraceBatch<Place, Located>;
  readonly #winnowing: Winnowing;
  readonly #cuts: Cuts;
  readonly #pieces: readonly Piece[];
  readonly #starts: number[] = [];

  constructor(
    digests: KeyedDigests,
    winnowing: Winnowing,
    { pieces, cuts }: { readonly pieces: readonly Piece[]; readonly cuts: Cuts },
  ) {
    this.#batch = new TraceBatch(digests, located);
    this.#winnowing = winnowing;
    this.#pieces = pieces;
    this.#cuts = cuts;
  }

  /** The secrets are what a detector found in them. */
  found(secrets: readonly string[]): readonly Located[] {
    const text = this.#folded();
    const { length } = text;
    const units = text.units.subarray(0, length);
    const isShort = length <= shortText;
    const places = this.#pieces.map(placeOf);
    const reversed = places.map(({ pointer }) => ({ pointer, through: "reversed" }) as const);
    const turnedPlaces = places.map(({ pointer }) => ({ pointer, through: "rot13" }) as const);
    const placeAt = (place: number) => places[this.#pieceAt(place)] ?? nowhere;
    const inReversed = (place: number) => reversed[this.#pieceAt(length - 1 - place)] ?? nowhere;
    const inRotated = (place: number) => turnedPlaces[this.#pieceAt(place)] ?? nowhere;
    const backward = units.slice().reverse();
    const turned = rotated(units);
    this.#addShingles(units, window, placeAt);
    this.#addShingles(backward, isShort ? window : windowOfDisguises, inReversed);
    this.#addShingles(turned, isShort ? window : windowOfDisguises, inRotated);
    // A token looks like one in every disguise, and words do not until they are disguised.
    for (const place of this.#tokenParts(units)) {
      this.#addPart(units, place, placeAt);
      this.#addPart(backward, length - place - gramLength, inReversed);
      this.#addPart(turned, place, inRotated);
    }
    this.#addCells(text, placeAt);
    this.#addRuns(text, placeAt);
    for (const piece of this.#pieces) {
      if (this.#batch.size >= maxTraces) {
        this.#cuts.note("values");
        break;
      }
      this.#addValues(piece);
    }
    for (const secret of secrets) this.#addWord(secret, nowhere);
    this.#addPairs();
    return this.#batch.take();
  }

  #folded(): FoldedText {
    const text = new FoldedText(
      this.#pieces.reduce((sum, piece) => sum + piece.text.length, 0),
      // Whether somebody else says it, too, was asked of the result.
      () => true,
    );
    for (const piece of this.#pieces) {
      this.#starts.push(text.length);
      text.append(piece.text);
    }
    return text;
  }

  #addShingles(units: Uint16Array, ofWindow: number, placeAt: (place: number) => Place): void {
    const options = { length: shingleLength, window: ofWindow };
    const places = this.#winnowing.choose(units, [0, units.length], options);
    // Every n-th: nobody knows which, and a text so long has many.
    const step = Math.max(1, Math.ceil(places.length / maxShingles));
    if (step > 1) this.#cuts.note("traces");
    for (let index = 0; index < places.length; index += step) {
      const place = places[index] as number;
      if (!isVaried(units, place, shingleLength)) continue;
      const shingle = [place, place + shingleLength] as const;
      this.#batch.addUnits("text", units, shingle, placeAt(place));
    }
  }

  #tokenParts(units: Uint16Array): readonly number[] {
    const places: number[] = [];
    for (const [start, end] of tokenStretches(units, 0, units.length)) {
      for (let place = start; place <= end - gramLength; place += 1) {
        if (places.length < maxTokenParts) places.push(place);
        else this.#cuts.note("traces");
      }
    }
    return places;
  }

  #addPart(units: Uint16Array, place: number, placeAt: (place: number) => Place): void {
    this.#batch.addUnits("secret", units, [place, place + gramLength], placeAt(place));
  }

  #addCells({ units, cells }: FoldedText, placeAt: (place: number) => Place): void {
    const most = Math.min(cells.length, 2 * maxShingles);
    if (most < cells.length) this.#cuts.note("values");
    for (let index = 0; index < most; index += 2) {
      const start = cells[index] as number;
      this.#batch.addUnits("text", units, [start, cells[index + 1] as number], placeAt(start));
    }
  }

  #addRuns({ units, runs }: FoldedText, placeAt: (place: number) => Place): void {
    const most = Math.min(runs.length, 2 * maxTokenParts);
    if (most < runs.length) this.#cuts.note("traces");
    for (let index = 0; index < most; index += 2) {
      const start = runs[index] as number;
      this.#batch.addUnits("secret", units, [start, runs[index + 1] as number], placeAt(start));
    }
  }

  #addValues(piece: Piece): void {
    const { text } = piece;
    const place = placeOf(piece);
    const values = namedValuesIn(text);
    if (values.length >= maxValuesOfText) this.#cuts.note("values");
    for (const { kind, value } of values) this.#batch.addText(kind, value, place);
    for (const name of namesIn(text)) {
      const { units, length } = foldedOf([{ text: name }]);
      this.#batch.addUnits("text", units, [0, length], place);
    }
    const words = secretWordsIn(text);
    if (words.length >= maxWords) this.#cuts.note("traces");
    for (const word of words) this.#addWord(word, place);
    if (isSecretWord(text)) this.#addWord(text, place);
  }

  /** By its letters and digits, in any case; also read backward and in rot13. */
  #addWord(word: string, place: Place): void {
    if (this.#batch.size >= maxTraces) {
      this.#cuts.note("traces");
      return;
    }
    const { units, length } = foldedOf([{ text: word.slice(0, longestSecret) }]);
    if (length < shortestWord) return;
    const letters = units.subarray(0, length);
    const add = (read: Uint16Array, through?: Place["through"]) =>
      this.#batch.addUnits("secret", read, [0, length], through ? { ...place, through } : place);
    add(letters);
    if (length > longestTurned) return;
    add(letters.slice().reverse(), "reversed");
    add(rotated(letters), "rot13");
  }

  /** What was given in two parts, in either order. */
  #addPairs(): void {
    const parts = this.#pieces.filter(({ text }) => text.length < longestTurned);
    if (parts.length > maxParts) return;
    for (const one of parts) {
      for (const other of parts) {
        const whole = `${one.text.trim()}${other.text.trim()}`;
        if (one === other || !isSecretWord(whole) || /\s/.test(whole)) continue;
        this.#addWord(whole, { pointer: one.pointer, through: "joined" });
      }
    }
  }

  /** The number of the piece in which a place of the folded text lies. */
  #pieceAt(place: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] as number) <= place) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

const nowhere: Place = { pointer: "" };

function located({ kind, low, high }: Trace, { pointer, through }: Place): Located {
  return through === undefined
    ? { kind, low, high, pointer }
    : { kind, low, high, pointer, through };
}

function placeOf({ pointer, through }: Piece): Place {
  return through === undefined ? { pointer } : { pointer, through };
}

function rotated(units: Uint16Array): Uint16Array {
  const turned = units.slice();
  for (let index = 0; index < turned.length; index += 1) {
    const letter = (turned[index] as number) - 97;
    if (letter >= 0 && letter < 26) turned[index] = ((letter + 13) % 26) + 97;
  }
  return turned;
}
