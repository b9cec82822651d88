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
/** Whoever reads a longer one looks at its beginning. */
const maxNear = 64;

/** What a name looks like: two names with one skeleton are one to a reader. */
export function skeletonOf(name: string): string {
  const folded = foldedOf(name).replaceAll(/\p{M}/gu, "");
  return [...folded].map((char) => lookalikes.get(char) ?? char).join("");
}

/** The name without case and separators, which people leave out. */
export function foldedOf(name: string): string {
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

/** Whether two names differ in case and separators alone. */
export function isWrittenOtherwise(name: string, other: string): boolean {
  return name !== other && foldedOf(name) === foldedOf(other);
}

/** Whether two names are one letter apart: added, left out, another, or in the place of its neighbour. Case does not count. */
export function isOneLetterApart(name: string, reference: string): boolean {
  const [one, other] = [name, reference].map((it) => it.slice(0, maxName).toLowerCase());
  if (one === undefined || other === undefined || one === other) return false;
  if (Math.abs(one.length - other.length) > 1) return false;
  const [short, long] = one.length <= other.length ? [one, other] : [other, one];
  let at = 0;
  while (at < short.length && short[at] === long[at]) at += 1;
  if (isSwapped(short, long, at)) return true;
  return short.slice(short.length === long.length ? at + 1 : at) === long.slice(at + 1);
}

/** Whether all that differs is two letters side by side, each in the place of the other (Damerau). */
function isSwapped(one: string, other: string, at: number): boolean {
  if (one.length !== other.length || one[at] !== other[at + 1] || one[at + 1] !== other[at])
    return false;
  return one.slice(at + 2) === other.slice(at + 2);
}

/** The name in lower case, and with each of its letters left out: names that are one letter apart have one of these in common. */
export function lettersLeftOut(name: string): readonly string[] {
  const whole = name.slice(0, maxNear).toLowerCase();
  const shorter = Array.from(
    { length: whole.length },
    (_, at) => whole.slice(0, at) + whole.slice(at + 1),
  );
  return [...new Set([whole, ...shorter])];
}

/** The share of words that two descriptions have in common. */
const sameWords = 0.8;
/** Enough of them, where the schemas are the same as well. */
const likeWords = 0.5;
/** Fewer say nothing. */
const leastWords = 4;
/** So many parameters with the same types are no accident. */
const manyParameters = 3;

/**
 * Whether two canonical definitions are of one tool (or prompt) under two names: nearly the same words with the same parameters or more,
 * or the same schema with similar words or with many parameters.
 */
export function isSameTool(one: string, other: string): boolean {
  const [a, b] = [outlineOf(one), outlineOf(other)];
  if (!a || !b) return false;
  const isSameSchema = a.parameters.size > 0 && isEqual(a.parameters, b.parameters);
  if (isSameSchema && a.parameters.size >= manyParameters) return true;
  if (a.words.size < leastWords || b.words.size < leastWords) return false;
  const common = commonShare(a.words, b.words);
  return (common >= sameWords && holdsAll(a, b)) || (isSameSchema && common >= likeWords);
}

interface Outline {
  /** By name, with their types. */
  readonly parameters: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
  readonly words: ReadonlySet<string>;
}

/** One that has parameters more may be the other one, with a way out for what it learns. */
function holdsAll(before: Outline, after: Outline): boolean {
  return [...before.names].every((name) => after.names.has(name));
}

function isEqual(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((entry) => other.has(entry));
}

function commonShare(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const common = [...one].filter((entry) => other.has(entry)).length;
  return common / (one.size + other.size - common);
}

function outlineOf(definition: string): Outline | undefined {
  try {
    const { description, inputSchema, arguments: ofPrompt } = JSON.parse(definition);
    const properties: [string, unknown][] = Array.isArray(ofPrompt)
      ? ofPrompt.map((one) => [String(one?.name), one?.required])
      : Object.entries(inputSchema?.properties ?? {}).map(([name, schema]) => [
          name,
          typeIn(schema),
        ]);
    const text = typeof description === "string" ? description : "";
    return {
      parameters: new Set(properties.map((one) => JSON.stringify(one))),
      names: new Set(properties.map(([name]) => name)),
      words: new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []),
    };
  } catch {
    return undefined;
  }
}

function typeIn(schema: unknown): unknown {
  return typeof schema === "object" && schema !== null && "type" in schema
    ? schema.type
    : undefined;
}
