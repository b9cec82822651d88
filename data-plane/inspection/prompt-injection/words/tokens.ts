// What a character is to words: numbers of their own, since they are asked for each character.
const other = 0;
const word = 1;
const stop = 2;
const line = 3;
const anyBlank = 4;

const letter = /[a-z0-9\u00b5-\u02ff\u0370-\u1fff\u3040-\uffef]/;
const blank = /\s/;
const kindOf = new Uint8Array(65_536).map((_, code) => kindOfUnit(code));

function kindOfUnit(code: number): number {
  const character = String.fromCharCode(code);
  if (letter.test(character)) return word;
  if (".!?;".includes(character)) return stop;
  if (character === "\n") return line;
  return blank.test(character) ? anyBlank : other;
}

const isBlankKind = (kind: number | undefined) => kind === anyBlank || kind === line;

/** Nobody who writes a text can know it, and so which words have the same number. */
const multiplier = (crypto.getRandomValues(new Uint32Array(1))[0] as number) | 1;

/** In lower case, with one kind of apostrophe. */
export function inOneSpelling(text: string): string {
  const lower = text.toLowerCase();
  return lower.includes("\u2019") ? lower.replaceAll("\u2019", "'") : lower;
}

type OnToken = (start: number, end: number, hash: number) => void;

/**
 * Tells of each word of a text in lower case from where to where it is, with a number that stands for it; and of each end of a
 * sentence, whose number is 0. A line that ends in the middle of a sentence does not end it.
 */
export function forEachToken(text: string, onToken: OnToken): void {
  let at = 0;
  while (at < text.length) {
    const kind = kindOf[text.charCodeAt(at)] as number;
    if (kind === word) at = readWord(text, at, onToken);
    else if (kind === stop || kind === line) at = readEnd(text, at, onToken);
    else at += 1;
  }
}

function readWord(text: string, start: number, onToken: OnToken): number {
  let hash = 0;
  let at = start;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (kindOf[code] !== word) break;
    hash = (Math.imul(hash, multiplier) + code) | 0;
  }
  const end = text.charCodeAt(at) === apostrophe ? endOfDenial(text, start, at) : at;
  onToken(start, end, end === at ? mixed(hash) : mixed(~hash));
  return end;
}

function readEnd(text: string, at: number, onToken: OnToken): number {
  const isLine = text.charCodeAt(at) === newline;
  const end = isLine ? endOfLines(text, at) : endOfStop(text, at);
  if (end > at) onToken(at, end, 0);
  return Math.max(end, at + 1);
}

const apostrophe = 0x27;
const newline = 0x0a;

/** Never that of an end. */
const mixed = (hash: number) => (hash ^ (hash >>> 15)) | 0 || 1;

/** "don't" is one word. Returns `at` for what is no such word. */
function endOfDenial(text: string, start: number, at: number): number {
  const isDenial = text.charCodeAt(at - 1) === 0x6e && text.charCodeAt(at + 1) === 0x74;
  if (!isDenial || at - start < 2 || at - start > 9) return at;
  return /^[a-z]+$/.test(text.slice(start, at)) ? at + 2 : at;
}

/** A stop ends a sentence before a blank, or at the end. */
function endOfStop(text: string, at: number): number {
  if (at + 1 === text.length) return at + 1;
  return isBlankKind(kindOf[text.charCodeAt(at + 1)]) ? at + 2 : at;
}

const item = /[*#>|-]/;

/** So does a line without text, or one that begins an item. */
function endOfLines(text: string, at: number): number {
  let last = at;
  let next = at + 1;
  for (; next < text.length && isBlankKind(kindOf[text.charCodeAt(next)]); next += 1) {
    if (text.charCodeAt(next) === newline) last = next + 1;
  }
  return next < text.length && item.test(text.charAt(next)) ? next + 1 : last;
}
