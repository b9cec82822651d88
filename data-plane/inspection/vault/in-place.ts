import { tokensIn, withTokensReplaced } from "../redaction-token.ts";

/** In one call. */
const maxTokens = 100;
/** Of all values that stand in the place of tokens, each as often as it does. */
const maxCharacters = 65_536;

/** The tokens in the texts of a value, each with the type that it names; none of keys. Undefined: there are too many. */
export function tokensOf(
  value: unknown,
  types: ReadonlySet<string>,
): ReadonlyMap<string, string> | undefined {
  const found = new Map<string, string>();
  for (const text of textsIn(value)) {
    for (const { token, type } of tokensIn(text)) if (types.has(type)) found.set(token, type);
    if (found.size > maxTokens) return undefined;
  }
  return found;
}

/** Without recursion: nobody has looked how deep it is. */
function* textsIn(value: unknown): Generator<string> {
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === "string") yield next;
    else if (typeof next === "object" && next !== null) {
      for (const inner of Object.values(next)) left.push(inner);
    }
  }
}

/** A value with others in the place of tokens in its texts, and which of them stand there now. Undefined: it would be too long. */
export function withValues(
  value: unknown,
  values: ReadonlyMap<string, string>,
): { readonly value: unknown; readonly tokens: ReadonlySet<string> } | undefined {
  const tokens = new Set<string>();
  let characters = 0;
  const replace = (token: string) => {
    const known = values.get(token);
    if (known === undefined || characters > maxCharacters) return undefined;
    tokens.add(token);
    characters += known.length;
    return known;
  };
  const changed = mapTexts(value, (text) => withTokensReplaced(text, replace));
  return characters > maxCharacters ? undefined : { value: changed, tokens };
}

/** Shares with the value what stays the same. */
function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) {
    const items = value.map((item) => mapTexts(item, change));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (typeof value !== "object" || value === null) return value;
  let isSame = true;
  const entries = Object.entries(value).map(([key, inner]) => {
    const changed = mapTexts(inner, change);
    isSame &&= changed === inner;
    return [key, changed] as const;
  });
  // Not by assignment: a key such as `__proto__` must stay a key.
  return isSame ? value : Object.fromEntries(entries);
}
