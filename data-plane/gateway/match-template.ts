/** More expressions than this are taken for anything. */
const maxExpressions = 32;

/**
 * Whether a URI may be an instance of a URI template (RFC 6570). An expression stands for any text: one match too many asks an
 * operator, one too few would let through what is withheld.
 */
export function matchesTemplate(uri: string, template: string): boolean {
  const literals = template.split(/\{[^{}]*\}/);
  const [first = "", ...others] = literals;
  if (others.length === 0) return uri === template;
  if (others.length > maxExpressions) return uri.startsWith(first);
  const last = others.pop() ?? "";
  if (!uri.startsWith(first)) return false;
  let at = first.length;
  for (const literal of others) {
    const found = uri.indexOf(literal, at);
    if (found < 0) return false;
    at = found + literal.length;
  }
  return uri.length - last.length >= at && uri.endsWith(last);
}
