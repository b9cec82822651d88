const capitalised = /[A-Z][A-Za-z.'-]{0,24}(?: {1,2}[A-Z][A-Za-z.'-]{0,24}){1,7}/g;
const capitalisedAbroad =
  /\p{Lu}[\p{L}\p{M}.'’-]{0,24}(?: {1,2}\p{Lu}[\p{L}\p{M}.'’-]{0,24}){1,7}/gu;
const abroad = /[\u0080-\uffff]/;
const maxNames = 128;

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
