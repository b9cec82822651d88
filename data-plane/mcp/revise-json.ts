/** A number that JavaScript might not hold exactly. */
const risky = /\d{16}|\d[.eE]|-0/;

/** Not in the types of TypeScript 6 yet. */
const { rawJSON } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

/**
 * Parses JSON so that JSON.stringify loses nothing of its numbers: those that would change are kept as text.
 * What is read so is for rewriting only.
 */
export function parsePrecisely(source: string): unknown {
  // A byte order mark is no part of JSON, but may stand before it (RFC 8259 §8.1).
  const text = source.replace(/^\uFEFF/, "");
  if (!risky.test(text)) return JSON.parse(text);
  const keep = (_key: string, value: unknown, context?: { readonly source?: string }) => {
    const source = typeof value === "number" ? context?.source : undefined;
    return source === undefined || isExact(value, source) ? value : rawJSON(source);
  };
  return JSON.parse(text, keep);
}

/** Changes a JSON text; returns it as it is when nothing in it changes. */
export function reviseJson(text: string, change: (value: unknown) => unknown): string {
  const value = parsePrecisely(text);
  const changed = change(value);
  return changed === value ? text : JSON.stringify(changed);
}

function isExact(value: unknown, source: string): boolean {
  return (Number.isSafeInteger(value) && !Object.is(value, -0)) || String(value) === source;
}
