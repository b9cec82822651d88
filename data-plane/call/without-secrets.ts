/** A text that holds a secret which no detector knows there, and what records and people are shown in its place. */
export interface WithheldText {
  /** JSON Pointer (RFC 6901) to the text, within what was said; its first name may be "arguments". */
  readonly pointer: string;
  readonly shown: string;
}

/** Stands where a secret was that the agent had read before. */
export const withheld = "[withheld: a secret that was read before]";

/** The same arguments with these texts as they may be shown. */
export function withoutSecrets(value: unknown, texts: readonly WithheldText[]): unknown {
  return texts.reduce((changed, { pointer, shown }) => {
    const path = namesOf(pointer);
    const within = path[0] === "arguments" ? replaced(changed, path.slice(1), shown) : changed;
    return replaced(within, path, shown);
  }, value);
}

/** The value with something else at a JSON Pointer, where there is such a place. */
export function replacedAt(value: unknown, pointer: string, shown: unknown): unknown {
  return replaced(value, namesOf(pointer), shown);
}

/** The text at a JSON Pointer. Undefined: there is none. */
export function textAt(value: unknown, pointer: string): string | undefined {
  let at = value;
  for (const name of namesOf(pointer)) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[name];
  }
  return typeof at === "string" ? at : undefined;
}

function namesOf(pointer: string): readonly string[] {
  const names = pointer.split("/").slice(1);
  return names.map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function replaced(value: unknown, [name, ...rest]: readonly string[], shown: unknown): unknown {
  if (name === undefined) return shown;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return value;
  const inner = replaced((value as Readonly<Record<string, unknown>>)[name], rest, shown);
  if (Array.isArray(value)) return value.with(Number(name), inner);
  // Not by assignment: a key such as `__proto__` must stay a key.
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, it]) => [key, key === name ? inner : it]));
}
