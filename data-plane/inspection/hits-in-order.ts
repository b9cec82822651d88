import type { Hit } from "./text-detectors.ts";

/** In order; what overlaps is taken out as one. */
export function withoutOverlaps(hits: readonly Hit[]): readonly Hit[] {
  const kept: Hit[] = [];
  for (const hit of hits.toSorted((one, other) => one.start - other.start || other.end - one.end)) {
    const last = kept.at(-1);
    if (!last || hit.start >= last.end) kept.push(hit);
    else if (hit.end > last.end) kept[kept.length - 1] = { ...withoutValue(last), end: hit.end };
  }
  return kept;
}

/** The same hit, of another value than what was found. */
export function withoutValue({ normalised: _, ...hit }: Hit): Hit {
  return hit;
}
