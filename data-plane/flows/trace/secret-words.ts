const shortest = 6;
const longest = 128;
/** So many words of one text. */
export const maxWords = 1_024;

const delimiters = new Uint8Array(128).fill(1, 0, 33);
for (const sign of "\"'`<>()[]{},;") delimiters[sign.charCodeAt(0)] = 1;
/** What stands between the parts of assignments, addresses and connection strings, and may be part of a password as well. */
const joints = /[:=@/&?#|\\]+/;
const spelled =
  /(?<![\p{L}\p{N}])[\p{L}\p{N}](?:[\s.,;:|*_/-]{1,3}[\p{L}\p{N}](?![\p{L}\p{N}])){5,127}/gu;

/**
 * What in a text could be somebody's password: words of several kinds of characters, of 6 to 128 of them, whole, without what
 * ends a sentence, and in the parts of an address; and what is spelled letter by letter. At most 1,024.
 */
export function secretWordsIn(text: string): readonly string[] {
  const found: string[] = [];
  addMixed(found, text);
  for (const [letters] of text.matchAll(spelled)) {
    if (found.length < maxWords) found.push(letters.replaceAll(/[^\p{L}\p{N}]/gu, ""));
  }
  return found.slice(0, maxWords);
}

function addMixed(found: string[], text: string): void {
  let start = 0;
  let kinds = 0;
  for (let index = 0; index <= text.length && found.length < maxWords; index += 1) {
    const code = index === text.length ? 32 : text.charCodeAt(index);
    if (code > 127 || delimiters[code] === 0) {
      kinds |= kindOf(code, index === start);
      continue;
    }
    if (kinds > 1 && index - start >= shortest) addWord(found, text.slice(start, index));
    start = index + 1;
    kinds = 0;
  }
}

/** Whether a value is so unlike a word of prose that its whole, by itself, tells it. */
export function isSecretWord(value: string): boolean {
  if (value.length < shortest || value.length > longest) return false;
  let kinds = 0;
  for (let index = 0; index < value.length; index += 1) {
    kinds |= kindOf(value.charCodeAt(index), index === 0);
  }
  return kinds === 3;
}

/** Bits: 1 for what words are made of, 2 for what they are not. */
function kindOf(code: number, isFirst: boolean): number {
  if (code > 127 || (code >= 97 && code <= 122)) return 1;
  return isFirst && code >= 65 && code <= 90 ? 1 : 2;
}

function addWord(found: string[], word: string): void {
  const bare = word.replace(/[.:!?]+$/, "");
  for (const candidate of bare === word ? [word] : [word, bare]) {
    if (candidate.length <= longest && !/^[A-Z]?[a-z]*$/.test(candidate)) found.push(candidate);
  }
  if (!joints.test(bare)) return;
  for (const part of bare.split(joints)) if (isSecretWord(part)) found.push(part);
}
