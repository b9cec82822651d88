import { isExactNumber, parseExactly } from "../../exact-json.ts";

/** One place at which two JSON texts differ. Undefined: it is not there on that side. */
export interface Difference {
  /** JSON Pointer (RFC 6901). */
  readonly pointer: string;
  readonly before: unknown;
  readonly after: unknown;
}

const maxDifferences = 20;

/** Where two JSON texts differ, the first few. Undefined when one of them is no JSON. */
export function findDifferences(before: string, after: string): Difference[] | undefined {
  try {
    const found: Difference[] = [];
    compare({ pointer: "", before: parseExactly(before), after: parseExactly(after) }, found);
    return found;
  } catch {
    return undefined;
  }
}

function compare(difference: Difference, found: Difference[]): void {
  const { pointer, before, after } = difference;
  if (found.length >= maxDifferences || JSON.stringify(before) === JSON.stringify(after)) return;
  if (
    !isContainer(before) ||
    !isContainer(after) ||
    Array.isArray(before) !== Array.isArray(after)
  ) {
    found.push(difference);
    return;
  }
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const step = key.replaceAll("~", "~0").replaceAll("/", "~1");
    compare({ pointer: `${pointer}/${step}`, before: before[key], after: after[key] }, found);
  }
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !isExactNumber(value);
}
