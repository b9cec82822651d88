import type { CustomDetector } from "../../core/policy/compiled-scanning.ts";
import { passesIban, passesLuhn, passesMod97 } from "../../core/text/checksums.ts";
import type { Span } from "./confirmers.ts";
import type { ScanBudget } from "./scan-budget.ts";

const reach = 512;
const maxWindows = 256;
/** RE2 reads about a hundred times slower than the engine of this runtime. */
const slowness = 100;

export interface CustomHit extends Span {
  /** What stands behind more literals than are looked around: anything could. */
  readonly isUnseen?: true;
}

/** What the operator's own detector finds, in order, without overlaps. */
export function findCustom(
  detector: CustomDetector,
  text: string,
  budget: ScanBudget,
): readonly CustomHit[] {
  const { literals, pattern } = detector;
  const places = literals.length > 0 ? placesOf(literals, text, budget) : undefined;
  if (!pattern) return (places ?? []).filter((span) => passes(detector, text, span));
  if (!places) return matchesIn(detector, text, { start: 0, end: text.length }, budget);
  const found: CustomHit[] = [];
  const windows = windowsAround(places, text.length);
  for (const window of windows.slice(0, maxWindows)) {
    const from = Math.max(window.start, found.at(-1)?.end ?? 0);
    found.push(...matchesIn(detector, text, { start: from, end: window.end }, budget));
  }
  const unseen = windows[maxWindows];
  if (unseen) found.push({ start: unseen.start, end: text.length, isUnseen: true });
  return found;
}

function placesOf(literals: readonly string[], text: string, budget: ScanBudget): readonly Span[] {
  // The one letter that is longer in lower case would shift every place behind it.
  const haystack = text.replaceAll("\u0130", "I").toLowerCase();
  const places: Span[] = [];
  for (const literal of literals) {
    budget.spendTime(text.length);
    for (
      let at = haystack.indexOf(literal);
      at >= 0;
      at = haystack.indexOf(literal, at + literal.length)
    ) {
      budget.spendWindow();
      places.push({ start: at, end: at + literal.length });
    }
  }
  const inOrder = places.toSorted((one, other) => one.start - other.start);
  return inOrder.filter(
    (span, index) => index === 0 || span.start >= (inOrder[index - 1]?.end ?? 0),
  );
}

function windowsAround(places: readonly Span[], length: number): readonly Span[] {
  const windows: { start: number; end: number }[] = [];
  for (const place of places) {
    const start = Math.max(0, place.start - reach);
    const end = Math.min(length, place.end + reach);
    const last = windows.at(-1);
    if (last && start <= last.end) last.end = end;
    else if (windows.length <= maxWindows) windows.push({ start, end });
  }
  return windows;
}

function matchesIn(
  detector: CustomDetector,
  text: string,
  { start, end }: Span,
  budget: ScanBudget,
): readonly Span[] {
  budget.spendTime((end - start) * slowness);
  const part = text.slice(start, end);
  const matcher = detector.pattern?.matcher(part);
  const found: Span[] = [];
  while (matcher?.find()) {
    budget.spendWindow();
    const group = matcher.groupCount() > 0 && matcher.group(1) !== null ? 1 : 0;
    const span = { start: start + matcher.start(group), end: start + matcher.end(group) };
    const length = span.end - span.start;
    if (length > 0 && length <= reach && passes(detector, text, span)) found.push(span);
  }
  return found;
}

function passes({ checksum }: CustomDetector, text: string, { start, end }: Span): boolean {
  if (!checksum) return true;
  const plain = text.slice(start, end).replaceAll(/[^A-Za-z0-9]/g, "");
  if (checksum === "luhn") return passesLuhn(plain.replaceAll(/\D/g, ""));
  return checksum === "iban" ? passesIban(plain) : passesMod97(plain);
}
