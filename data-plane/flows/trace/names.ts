const capitalised = /[A-Z][A-Za-z.'-]{0,24}(?: {1,2}[A-Z][A-Za-z.'-]{0,24}){1,7}/g;
const capitalisedAbroad =
  /\p{Lu}[\p{L}\p{M}.'’-]{0,24}(?: {1,2}\p{Lu}[\p{L}\p{M}.'’-]{0,24}){1,7}/gu;
const abroad = /[\u0080-\uffff]/;
const maxNames = 128;
const shortestPassword = 6;
const longestPassword = 64;

/** What could be a name within a text: two to four capitalised words behind each other. */
export function namesIn(text: string): readonly string[] {
  const names: string[] = [];
  for (const [run] of text.matchAll(abroad.test(text) ? capitalisedAbroad : capitalised)) {
    const words = run.split(/ +/);
    for (let start = 0; start < words.length - 1; start += 1) {
      for (let end = start + 2; end <= Math.min(words.length, start + 4); end += 1) {
        if (names.length >= maxNames) return names;
        names.push(words.slice(start, end).join(" "));
      }
    }
  }
  return names;
}

const delimiters = new Uint8Array(128).fill(1, 0, 33);
for (const sign of "\"'`<>()[]{},;") delimiters[sign.charCodeAt(0)] = 1;

/** Words that could be somebody's password: of several kinds of characters, up to 64 of them. */
export function passwordsIn(text: string): readonly string[] {
  const found: string[] = [];
  let start = 0;
  let kinds = 0;
  for (let index = 0; index <= text.length && found.length < maxNames; index += 1) {
    const code = index === text.length ? 32 : text.charCodeAt(index);
    if (code > 127 || delimiters[code] === 0) {
      kinds |= kindOf(code, index === start);
      continue;
    }
    const length = index - start;
    if (kinds > 1 && length >= shortestPassword && length <= longestPassword) {
      addPassword(found, text.slice(start, index));
    }
    start = index + 1;
    kinds = 0;
  }
  return found;
}

/** Bits: 1 for what words are made of, 2 for what they are not. */
function kindOf(code: number, isFirst: boolean): number {
  if (code > 127 || (code >= 97 && code <= 122)) return 1;
  return isFirst && code >= 65 && code <= 90 ? 1 : 2;
}

/** With what ends a sentence, and without. */
function addPassword(found: string[], word: string): void {
  const bare = word.replace(/[.:!?]+$/, "");
  if (bare !== word && /^[A-Z]?[a-z]*$/.test(bare)) return;
  found.push(word);
  if (bare !== word && bare.length >= shortestPassword) found.push(bare);
}
