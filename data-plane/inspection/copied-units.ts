import { plainFormOf, plainLetterOf } from "../../core/text/plain-letters.ts";
import { isInvisible, kindOf, kinds } from "./character-kinds.ts";

/** What stands in the copy of a text for a unit, besides other units: nothing, or what has to be looked at by itself. */
export const nothing = 0;
export const special = 0xffff;

/** For each unit what the copy has where forms of letters stay as they are. */
export const bareUnits = new Uint16Array(65_536).map((_, code) => {
  const kind = kindOf[code] as number;
  if (kind === kinds.invisible) return nothing;
  return kind === kinds.pair ? special : code;
});

/** The same where forms become plain. Special are those of several letters, too. */
export const plainUnits = bareUnits.map((unit, code) => {
  if (code < 0x80 || unit !== code) return unit;
  const letter = plainLetterOf(code);
  return letter < 0 ? special : letter || code;
});

/** Where the letters of a form begin among {@link formLetters}, behind their number. 0: it has none, or one. */
export const formStarts = new Uint16Array(65_536);
const letters = lettersOfForms();

function lettersOfForms(): number[] {
  const letters = [0];
  for (const [code, unit] of plainUnits.entries()) {
    if (unit !== special || bareUnits[code] === special) continue;
    formStarts[code] = addForm(code, letters);
  }
  return letters;
}

/** Returns where it begins. */
function addForm(point: number, letters: number[]): number {
  const start = letters.length;
  const form = plainFormOf(point);
  letters.push(form.length, ...Buffer.from(form, "latin1"));
  return start;
}

/** What a pair of units is that is neither a form of one letter nor invisible. From `severalLetters` on: where those begin among {@link formLetters}. */
export const pairs = { asItIs: 0xffff, tag: 0xfffe, severalLetters: 0x8000 } as const;

const { asItIs } = pairs;
const tags = { first: 0xe0020, last: 0xe007e };
const firsts = [0xd834, 0xd835, 0xd83c, 0xdb40, 0xdb41, 0xdb42, 0xdb43];
const lowest = 0xd834;
const highest = 0xdb43;
const seconds = 1_024;
/** Where the pairs with this first half begin among {@link units}; what no pair of interest begins with leads to the last. */
const starts = new Uint16Array(highest - lowest + 1).fill(firsts.length * seconds);
const units = new Uint16Array((firsts.length + 1) * seconds).fill(pairs.asItIs);
for (const [index, first] of firsts.entries()) {
  starts[first - lowest] = index * seconds;
  for (let second = 0; second < seconds; second += 1) {
    units[index * seconds + second] = unitOfPoint(0x10000 + (first - 0xd800) * seconds + second);
  }
}

export const formLetters = Uint8Array.from(letters);

function unitOfPoint(point: number): number {
  if (point >= tags.first && point <= tags.last) return pairs.tag;
  if (isInvisible(point)) return nothing;
  const letter = plainLetterOf(point);
  return letter < 0 ? pairs.severalLetters + addForm(point, letters) : letter || pairs.asItIs;
}

/** The plain letter of a pair, {@link nothing} where it is invisible, or one of {@link pairs}. Halves of none are as they are. */
export function unitOfPair(first: number, second: number): number {
  if (first < lowest || first > highest || (second & 0xfc00) !== 0xdc00) return asItIs;
  return units[(starts[first - lowest] as number) + (second & 0x3ff)] as number;
}

/** Where the letters of a pair begin among {@link formLetters}, behind their number. 0: it has none, or one. */
export function formOfPair(first: number, second: number): number {
  const unit = unitOfPair(first, second);
  return unit >= pairs.severalLetters && unit < pairs.tag ? unit - pairs.severalLetters : 0;
}

/** Whether two units are one character. */
export function isPair(first: number, second: number): boolean {
  return (first & 0xfc00) === 0xd800 && (second & 0xfc00) === 0xdc00;
}

/** Whether two units are a tag that stands for a letter or sign of ASCII. */
export function isTag(first: number, second: number): boolean {
  return first === 0xdb40 && second >= 0xdc20 && second <= 0xdc7e;
}

/** Whether there are forms of letters. */
export function hasForms(units: Uint16Array, start: number, end: number): boolean {
  const kindOfUnit = kindOf;
  const formOrPair = kinds.form | kinds.pair;
  for (let index = start; index < end; index += 1) {
    const code = units[index] as number;
    const kind = kindOfUnit[code] as number;
    if ((kind & formOrPair) === 0) continue;
    if ((kind & kinds.form) !== 0 || isForm(code, units[index + 1] as number)) return true;
  }
  return false;
}

function isForm(first: number, second: number): boolean {
  const unit = unitOfPair(first, second);
  return (unit !== nothing && unit <= 0x7f) || formOfPair(first, second) > 0;
}
