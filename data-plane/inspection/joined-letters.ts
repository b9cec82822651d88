const spare = 32;
const leastRoom = 256;

/** Letters of a text without what stands between them, in runs. */
export class JoinedLetters {
  codes = new Uint16Array(leastRoom);
  /** Where each stood. */
  places = new Uint32Array(leastRoom);
  length = 0;

  add(code: number, place: number): void {
    if (this.length + spare >= this.codes.length) this.#grow();
    this.codes[this.length] = code;
    this.places[this.length] = place;
    this.length += 1;
  }

  /** No run goes on behind this. */
  endRun(place: number): void {
    if (this.length > 0) this.add(0, place);
  }

  addRun(letters: JoinedLetters): void {
    for (let index = 0; index < letters.length; index += 1) {
      this.add(letters.codes[index] as number, letters.places[index] as number);
    }
  }

  #grow(): void {
    const { codes, places } = this;
    this.codes = new Uint16Array(codes.length * 2);
    this.places = new Uint32Array(codes.length * 2);
    this.codes.set(codes);
    this.places.set(places);
  }
}
