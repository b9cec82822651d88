import type { Span } from "./confirmers.ts";
import { type Hit, isAsStrict } from "./text-detectors.ts";

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

/** Those hits of which no known one covers all that is as strict. */
export function hitsBeyond(known: readonly Hit[], hits: readonly Hit[]): readonly Hit[] {
  if (known.length === 0 || hits.length === 0) return hits;
  const actions = [...new Set(hits.map(({ action }) => action))];
  return actions.flatMap((action) =>
    notCovered(
      known.filter((it) => isAsStrict(it.action, action)),
      hits.filter((it) => it.action === action),
    ),
  );
}

function notCovered(known: readonly Hit[], hits: readonly Hit[]): readonly Hit[] {
  const spans = known.toSorted((one, other) => one.start - other.start);
  let reached = 0;
  let index = 0;
  return hits
    .toSorted((one, other) => one.start - other.start)
    .filter(({ start, end }) => {
      for (; index < spans.length && (spans[index]?.start ?? 0) <= start; index += 1) {
        reached = Math.max(reached, spans[index]?.end ?? 0);
      }
      return reached < end;
    });
}

/** The same hit, of another value than what was found. */
export function withoutValue({ normalised: _, ...hit }: Hit): Hit {
  return hit;
}

/** A hit in what was decoded, where it was encoded. */
export function inOriginal(
  hit: Hit,
  { span, text }: { readonly span: Span; readonly text: string },
): Hit {
  const { rule, type, action } = hit;
  return { ...span, rule, type, action, decoded: hit.decoded ?? text.slice(hit.start, hit.end) };
}
