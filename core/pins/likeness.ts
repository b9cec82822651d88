/** Letters and digits that are read as Latin letters (from Unicode's confusables, those that names are faked with). */
const lookalikes: ReadonlyMap<string, string> = new Map(
  [
    ["a", "аɑαạ"],
    ["b", "Ьƅ"],
    ["c", "сϲ"],
    ["d", "ԁɗ"],
    ["e", "еҽєẹ"],
    ["g", "ɡցġ"],
    ["h", "һհ"],
    ["i", "іıɩιίl1|ӏ"],
    ["j", "јϳ"],
    ["k", "кκ"],
    ["m", "мṃ"],
    ["n", "ոпṇ"],
    ["o", "о0οօọ"],
    ["p", "рρ"],
    ["q", "ԛգ"],
    ["r", "гṛ"],
    ["s", "ѕṣ"],
    ["t", "тτ"],
    ["u", "υսцụ"],
    ["v", "ѵνv"],
    ["w", "ԝѡẉ"],
    ["x", "хχẋ"],
    ["y", "уүγỵ"],
    ["z", "ᴢẓ"],
  ].flatMap(([letter = "", others = ""]) => [...others].map((other) => [other, letter] as const)),
);

const maxName = 256;

/** What a name looks like: two names with one skeleton are one to a reader. */
export function skeletonOf(name: string): string {
  const folded = foldedOf(name).replaceAll(/\p{M}/gu, "");
  return [...folded].map((char) => lookalikes.get(char) ?? char).join("");
}

/** The name without case and separators, which people leave out. */
function foldedOf(name: string): string {
  return name
    .slice(0, maxName)
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[\s_.\-/\p{Cf}]/gu, "");
}

/** Whether a name was made to be taken for another one: they look the same, and are not. */
export function isDisguised(name: string, other: string): boolean {
  return (
    name !== other && foldedOf(name) !== foldedOf(other) && skeletonOf(name) === skeletonOf(other)
  );
}

/** Whether two names are one letter apart: added, left out or another. */
export function isOneLetterApart(one: string, other: string): boolean {
  if (one === other || Math.abs(one.length - other.length) > 1) return false;
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  let at = 0;
  while (at < short.length && short[at] === long[at]) at += 1;
  return short.slice(short.length === long.length ? at + 1 : at) === long.slice(at + 1);
}

const sameWords = 0.8;
const leastWords = 4;

/** Whether two canonical definitions are of one tool under two names: the same parameters, and nearly the same words. */
export function isSameTool(one: string, other: string): boolean {
  const [a, b] = [outlineOf(one), outlineOf(other)];
  if (!a || !b || a.parameters !== b.parameters || a.words.size < leastWords) return false;
  const common = [...a.words].filter((word) => b.words.has(word)).length;
  return common / (a.words.size + b.words.size - common) >= sameWords;
}

function outlineOf(definition: string) {
  try {
    const { description, inputSchema } = JSON.parse(definition);
    const { properties } = inputSchema ?? {};
    const text = typeof description === "string" ? description : "";
    return {
      parameters: JSON.stringify(Object.keys(properties ?? {}).sort()),
      words: new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []),
    };
  } catch {
    return undefined;
  }
}
