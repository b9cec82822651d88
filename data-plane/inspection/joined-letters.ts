const spare = 32;
const leastRoom = 256;
/** Most texts have none: room is made for the first. */
const noCodes = new Uint16Array(0);
const noPlaces = new Uint32Array(0);

/** Letters of a text without what stands between them, in runs. */
export class JoinedLetters {
  codes: Uint16Array = noCodes;
  /** Where each stood. */
  places: Uint32Array = noPlaces;
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
    const room = Math.max(leastRoom, codes.length * 2);
    this.codes = new Uint16Array(room);
    this.places = new Uint32Array(room);
    this.codes.set(codes);
    this.places.set(places);
  }
}
