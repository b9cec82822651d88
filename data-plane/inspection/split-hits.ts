import { longestTail } from "./carry.ts";
import { scanCopy } from "./scan-copy.ts";
import type { Hit } from "./text-detectors.ts";
import { maxDepth, type TextSearch } from "./text-search.ts";

/** What begins in the one text and ends in the other, but for what is in the first alone. */
export function splitHits(search: TextSearch, before: string, text: string): readonly Hit[] {
  const place = { key: undefined, context: "text" as const, depth: maxDepth };
  const border = before.length;
  const begins = before.trimEnd().length;
  const crossing = (end: number) =>
    search
      .find(search.read(before + text.slice(0, end)), place)
      .filter((hit) => hit.start < begins && hit.end > border);
  let split = crossing(longestTail);
  if (split.length === 0) return split;
  if (split.some((hit) => hit.end >= border + longestTail)) split = crossing(text.length);
  const alone = search.find(search.read(scanCopy(before)), place);
  return split.filter(({ rule }) => !alone.some((hit) => hit.rule === rule));
}
