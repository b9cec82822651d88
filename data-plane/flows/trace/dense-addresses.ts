import { type Leaf, leavesOf } from "./json-leaves.ts";
import { isOddAsAWhole } from "./token-parts.ts";
import { foldedOf } from "./trace-batch.ts";

const address = /\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s"'<>\\{}|`]{1,4096}/gi;
const maxAddresses = 64;
const limits = { maxDepth: 64, maxNodes: 50_000, onCut: () => {} };

/** Letters and digits of a part that are more than names have: a UUID has 32, beside which a name may stand; a SHA-256 in hexadecimal has 64. */
const longestName = 40;
const longestValue = 47;
const longestSegment = 64;

/**
 * Where in a value stand URLs with room for what was read: in names before the domain, a value behind the question mark, or a part
 * of the path, so many letters and digits that are no words (JSON Pointers, at most 64).
 */
export function denseAddressesIn(value: unknown): readonly string[] {
  const dense = leavesOf(value, limits).filter(({ text }: Leaf) => {
    const found = text.includes("://") ? [...text.matchAll(address)].slice(0, maxAddresses) : [];
    return found.some(([whole]) => isDense(whole));
  });
  return dense.map(({ pointer }) => pointer).slice(0, maxAddresses);
}

function isDense(whole: string): boolean {
  if (!URL.canParse(whole)) return false;
  const url = new URL(whole);
  // What the last two labels are, somebody has registered.
  const names = url.hostname.split(".").slice(0, -2).join("");
  return (
    isPacked(names, longestName) ||
    [...url.searchParams].flat().some((it) => isPacked(it, longestValue)) ||
    isPacked(url.hash, longestValue) ||
    url.pathname.split("/").some((it) => isPacked(it, longestSegment))
  );
}

function isPacked(text: string, longest: number): boolean {
  if (text.length <= longest) return false;
  return text.split(/[\s,;]+/).some((word) => {
    const { units, length } = foldedOf([{ text: word }]);
    return length > longest && isOddAsAWhole(units, 0, length);
  });
}
