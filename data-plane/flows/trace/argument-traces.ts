import type { Cuts } from "./cuts.ts";
import { FoldedText } from "./folded-text.ts";
import type { KeyedDigests } from "./keyed-digests.ts";
import { maxValuesOfText, namedValuesIn } from "./named-values.ts";
import { namesIn, passwordsIn } from "./names.ts";
import type { Piece } from "./pieces.ts";
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
const maxTokenParts = 4_096;
const shortestSecret = 6;

/** Finds what arguments bear. */
export class ArgumentTraces {
  readonly #batch: TraceBatch<Place>;
  readonly #winnowing: Winnowing;
  readonly #cuts: Cuts;
  readonly #pieces: readonly Piece[];
  readonly #starts: number[] = [];
  #tokenParts = 0;

  constructor(
    digests: KeyedDigests,
    winnowing: Winnowing,
    { pieces, cuts }: { readonly pieces: readonly Piece[]; readonly cuts: Cuts },
  ) {
    this.#batch = new TraceBatch(digests);
    this.#winnowing = winnowing;
    this.#pieces = pieces;
    this.#cuts = cuts;
  }

  found(): readonly Located[] {
    const text = this.#folded();
    const { units, length } = text;
    this.#addStream(units.subarray(0, length), window, (place) => this.#placeAt(place));
    this.#addCells(text);
    for (const piece of this.#pieces) this.#addValues(piece);
    this.#addStream(reversed(units, length), windowOfDisguises, (place) => ({
      pointer: this.#placeAt(length - 1 - place).pointer,
      through: "reversed",
    }));
    this.#addStream(rotated(units, length), windowOfDisguises, (place) => ({
      pointer: this.#placeAt(place).pointer,
      through: "rot13",
    }));
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

  #addStream(units: Uint16Array, ofWindow: number, placeAt: (place: number) => Place): void {
    const whole = [0, units.length] as const;
    for (const place of this.#winnowing.choose(units, whole, {
      length: shingleLength,
      window: ofWindow,
    })) {
      if (!isVaried(units, place, shingleLength)) continue;
      const shingle = [place, place + shingleLength] as const;
      this.#batch.addUnits("text", units, shingle, placeAt(place));
    }
    for (const [start, end] of tokenStretches(units, ...whole)) {
      for (let place = start; place <= end - gramLength; place += 1) {
        if (this.#tokenParts >= maxTokenParts) {
          this.#cuts.note("traces");
          return;
        }
        this.#tokenParts += 1;
        this.#batch.addUnits("secret", units, [place, place + gramLength], placeAt(place));
      }
    }
  }

  #addCells({ units, cells }: FoldedText): void {
    for (let index = 0; index < cells.length; index += 2) {
      const start = cells[index] as number;
      this.#batch.addUnits(
        "text",
        units,
        [start, cells[index + 1] as number],
        this.#placeAt(start),
      );
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
    for (const password of passwordsIn(text)) this.#batch.addText("secret", password, place);
    if (text.length >= shortestSecret && text.length <= 128) {
      this.#batch.addText("secret", text, place);
    }
  }

  /** Of the piece in which a place of the folded text lies. */
  #placeAt(place: number): Place {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] as number) <= place) low = middle;
      else high = middle - 1;
    }
    const piece = this.#pieces[low];
    return piece === undefined ? { pointer: "" } : placeOf(piece);
  }
}

function placeOf({ pointer, through }: Piece): Place {
  return through === undefined ? { pointer } : { pointer, through };
}

function reversed(units: Uint16Array, length: number): Uint16Array {
  return units.slice(0, length).reverse();
}

function rotated(units: Uint16Array, length: number): Uint16Array {
  const turned = units.slice(0, length);
  for (let index = 0; index < length; index += 1) {
    const letter = (turned[index] as number) - 97;
    if (letter >= 0 && letter < 26) turned[index] = ((letter + 13) % 26) + 97;
  }
  return turned;
}
