const kinds = { other: 0, letter: 1, sign: 2, gap: 3 } as const;
const kindOf = new Uint8Array(128).map((_, code) => {
  const character = String.fromCharCode(code);
  if (/[a-z]/i.test(character)) return kinds.letter;
  if (/[013457@$!]/.test(character)) return kinds.sign;
  return /[ .*_/|-]/.test(character) ? kinds.gap : kinds.other;
});

const mostSigns = 3;
const mostGap = 5;
const leastSingles = 5;

/** Whether a text has signs between letters, or before two that begin a word; and letters that stand alone, five in a row. */
export function respelledLettersIn(text: string): {
  readonly signs: boolean;
  readonly singles: boolean;
} {
  const letters = new LettersInText();
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    letters.read(code < 128 ? (kindOf[code] as number) : kinds.other);
  }
  return letters;
}

class LettersInText {
  signs = false;
  singles = false;
  /** How many letters, signs or gaps stand here one behind the other. */
  #letters = 0;
  #signs = 0;
  #gap = 0;
  /** Whether the signs began behind a letter. */
  #isBehindLetter = false;
  /** How many letters stood alone, to here. */
  #alone = 0;

  read(kind: number): void {
    if (kind === kinds.letter) this.#readLetter();
    else if (kind === kinds.sign) this.#readSign();
    else if (kind === kinds.gap) this.#readGap();
    else this.#forget();
  }

  #readLetter(): void {
    if (this.#letters === 0) {
      if (this.#isBehindLetter && this.#signs > 0 && this.#signs <= mostSigns) this.signs = true;
      this.#alone = this.#gap > 0 && this.#gap <= mostGap ? this.#alone + 1 : 1;
      if (this.#alone >= leastSingles) this.singles = true;
    } else this.#alone = 0;
    this.#letters += 1;
    if (this.#letters === 2 && this.#signs > 0 && !this.#isBehindLetter) this.signs = true;
    this.#gap = 0;
  }

  #readSign(): void {
    if (this.#signs === 0 || this.#letters > 0) {
      this.#isBehindLetter = this.#letters > 0;
      this.#signs = 0;
    }
    this.#signs += 1;
    this.#letters = 0;
    this.#gap = 0;
    this.#alone = 0;
  }

  #readGap(): void {
    if (this.#letters !== 1 && this.#gap === 0) this.#alone = 0;
    this.#gap += 1;
    this.#letters = 0;
    this.#signs = 0;
  }

  #forget(): void {
    this.#letters = 0;
    this.#signs = 0;
    this.#gap = 0;
    this.#alone = 0;
  }
}
