/**
 * Characters that are plain letters, digits or signs in another form (full width, mathematical, circled, ligatures), as
 * Unicode's NFKC has them. Not NFKC itself: it takes time by the square where marks stand in disorder, and makes one
 * character eighteen.
 */
const printable = /^[\x20-\x7e]+$/;
const several = 0xff;
const firstMathematical = 0x1d400;
const lastMathematical = 0x1d7ff;
const enclosed = { first: 0x1f100, last: 0x1f16f };

/** For each character of the first plane its plain form: 0 for none, 255 where that is more than one letter. */
const unitOf = new Uint8Array(65_536);
const mathematicalOf = new Uint8Array(lastMathematical - firstMathematical + 1);
const formOf = new Map<number, string>();

for (let code = 0x80; code < 0xffff; code += 1) {
  // Ideographs, syllables of Hangul and surrogates have no such form.
  if (code === 0x3400) code = 0xf900;
  learn(code, (letter) => {
    unitOf[code] = letter;
  });
}
for (let point = firstMathematical; point <= lastMathematical; point += 1) {
  learn(point, (letter) => {
    mathematicalOf[point - firstMathematical] = letter;
  });
}
for (let point = enclosed.first; point <= enclosed.last; point += 1) learn(point, () => {});

function learn(point: number, tell: (letter: number) => void): void {
  const form = String.fromCodePoint(point).normalize("NFKC");
  if (!printable.test(form)) return;
  formOf.set(point, form);
  tell(form.length === 1 ? form.charCodeAt(0) : several);
}

/**
 * The plain form of the character that stands here: the code of its one letter, 0 where it has none, -1 where its form has
 * several letters ({@link plainFormOf} tells them).
 */
export function plainLetterOf(point: number): number {
  if (point < 0x10000) return oneOrSeveral(unitOf[point] as number);
  if (point <= lastMathematical && point >= firstMathematical) {
    return oneOrSeveral(mathematicalOf[point - firstMathematical] as number);
  }
  return point >= enclosed.first && point <= enclosed.last && formOf.has(point) ? -1 : 0;
}

function oneOrSeveral(letter: number): number {
  return letter === several ? -1 : letter;
}

/** Up to four letters. */
export function plainFormOf(point: number): string {
  return formOf.get(point) ?? "";
}

const anyBeyondAscii = /[^\0-\x7f]/;
const beyondAscii = /[\u{80}-\u{10ffff}]/gu;

/** A text in plain letters, signs and digits, where it has them in other forms. */
export function inPlainLetters(text: string): string {
  if (!anyBeyondAscii.test(text)) return text;
  return text.replaceAll(beyondAscii, (character) => {
    return formOf.get(character.codePointAt(0) ?? 0) ?? character;
  });
}
