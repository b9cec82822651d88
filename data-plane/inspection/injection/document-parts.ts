/** Only these carry other values: {"a": "b"}, <a b="c">d</a>, and what is left when one was cut at its beginning. */
const isDocument = /[{,[]\s{0,8}"|=\s{0,4}["'][^>]{0,4096}>|>[^<]{2,400}<\//;
const parts = /"((?:[^"\\]|\\.){2,400})"|'([^'<>]{2,400})'|>([^<>]{2,400})</g;
const maxParts = 24;

/** The names, values and texts of a document that stands where a plain value was expected: servers take them out of it. */
export function documentParts(value: string): readonly string[] {
  if (!isDocument.test(value)) return [];
  const found: string[] = [];
  for (const match of value.matchAll(parts)) {
    if (found.length === maxParts) break;
    found.push((match[1] ?? match[2] ?? match[3] ?? "").trim());
  }
  return found;
}
