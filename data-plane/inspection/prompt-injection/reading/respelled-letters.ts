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

const anySign = /[013457@$!]/g;
/** Letters of one word, and how few are none. */
const longestWord = 24;
const shortestWord = 3;

type ChangeWord = (word: string, at: number, text: string) => string;

/** The text with each word that has such signs as something else. `change` is told where the word begins. */
export function withSignedWords(text: string, change: ChangeWord): string {
  const parts: string[] = [];
  let from = 0;
  anySign.lastIndex = 0;
  for (let sign = anySign.exec(text); sign; sign = anySign.exec(text)) {
    let start = sign.index;
    while (start > from && isOfWord(text, start - 1)) start -= 1;
    parts.push(text.slice(from, start));
    from = addWords(text, start, change, parts);
    anySign.lastIndex = from;
  }
  return parts.length === 0 ? text : parts.join("") + text.slice(from);
}

/** Adds what begins here, each word changed. Returns where it ends. */
function addWords(text: string, start: number, change: ChangeWord, into: string[]): number {
  let at = start;
  while (isOfWord(text, at)) {
    let end = at + 1;
    while (end < at + longestWord && isOfWord(text, end)) end += 1;
    const word = text.slice(at, end);
    into.push(word.length < shortestWord ? word : change(word, at, text));
    at = end;
  }
  return at;
}

function isOfWord(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code < 128 && (kindOf[code] === kinds.letter || kindOf[code] === kinds.sign);
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
