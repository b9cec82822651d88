import type { Duration } from "@bufbuild/protobuf/wkt";
import { type Condition, compileCondition } from "./condition.ts";
import type { Problems } from "./problems.ts";

const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$/;

/** Reports names that are missing, malformed or used twice. */
export function checkNames(items: readonly { readonly name: string }[], problems: Problems): void {
  const seen = new Set<string>();
  items.forEach(({ name }, index) => {
    const at = problems.at(index).at("name");
    if (!namePattern.test(name)) {
      at.add(
        `must be 1 to 63 letters, digits, ".", "_" or "-", starting with a letter or digit, got ${JSON.stringify(name)}`,
      );
    } else if (seen.has(name)) at.add(`${name} is used twice`);
    seen.add(name);
  });
}

/** Reports a name that stands for nothing, with those that exist. */
export function checkReference(
  name: string,
  known: ReadonlySet<string>,
  what: string,
  problems: Problems,
): boolean {
  if (known.has(name)) return true;
  const existing = [...known].slice(0, 10).join(", ") || "none";
  problems.add(
    `names ${what} ${JSON.stringify(name)}, which does not exist (there are: ${existing})`,
  );
  return false;
}

/** Milliseconds of a duration within bounds, or the fallback when it is absent. */
export function durationMs(
  duration: Duration | undefined,
  range: { readonly fallbackMs: number; readonly minMs: number; readonly maxMs: number },
  problems: Problems,
): number {
  if (!duration) return range.fallbackMs;
  const ms = Number(duration.seconds) * 1_000 + Math.round(duration.nanos / 1e6);
  if (ms < range.minMs || ms > range.maxMs) {
    problems.add(
      `must be from ${inWords(range.minMs)} to ${inWords(range.maxMs)}, got ${inWords(ms)}`,
    );
  }
  return ms;
}

/** A count within bounds, or the fallback when it is absent (0). */
export function count(
  value: number,
  range: { readonly fallback: number; readonly max: number },
  problems: Problems,
): number {
  if (value === 0) return range.fallback;
  if (value > range.max) problems.add(`must be at most ${range.max}, got ${value}`);
  return value;
}

/** Compiles a `where`; reports why when it cannot be. */
export function conditionOf(source: string, problems: Problems): Condition | undefined {
  if (source === "") return undefined;
  try {
    return compileCondition(source);
  } catch (error) {
    problems.add((error as Error).message);
    return undefined;
  }
}

function inWords(ms: number): string {
  if (ms % 86_400_000 === 0 && ms > 0) return `${ms / 86_400_000}d`;
  if (ms % 3_600_000 === 0 && ms > 0) return `${ms / 3_600_000}h`;
  if (ms % 60_000 === 0 && ms > 0) return `${ms / 60_000}m`;
  if (ms % 1_000 === 0) return `${ms / 1_000}s`;
  return `${ms}ms`;
}
