const capitalised = /\p{Lu}[\p{L}\p{M}.'’-]{0,24}(?: {1,2}\p{Lu}[\p{L}\p{M}.'’-]{0,24}){1,7}/gu;
const word = /[^\s"'`<>()[\]{},;]{6,64}/g;
const maxNames = 128;

/** What could be a name within a text: two to four capitalised words behind each other. */
export function namesIn(text: string): readonly string[] {
  const names: string[] = [];
  for (const [run] of text.matchAll(capitalised)) {
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

/** Words that could be somebody's password: of several kinds of characters. */
export function passwordsIn(text: string): readonly string[] {
  const found: string[] = [];
  for (const [candidate] of text.matchAll(word)) {
    if (found.length >= maxNames) return found;
    const bare = candidate.replace(/[.:!?]+$/, "");
    if (!/[a-z][A-Z]|[^\p{L}]/u.test(bare) || bare.length < 6) continue;
    found.push(bare);
    if (bare !== candidate) found.push(candidate);
  }
  return found;
}
