type Step = string | number;

/** One place of a JSON value, and what stands there instead. */
export interface Edit {
  readonly path: readonly Step[];
  readonly value: unknown;
}

/** What must be changed in the first to have the second, which shares with it all that is the same. */
export function editsBetween(before: unknown, after: unknown, path: readonly Step[] = []): Edit[] {
  if (before === after) return [];
  const inner = innerPairs(before, after);
  if (!inner) return [{ path, value: after }];
  return inner.flatMap(([step, one, other]) => editsBetween(one, other, [...path, step]));
}

/** Undefined where the two have not the same places. */
function innerPairs(
  before: unknown,
  after: unknown,
): readonly (readonly [Step, unknown, unknown])[] | undefined {
  if (Array.isArray(before) && Array.isArray(after)) {
    if (before.length !== after.length) return undefined;
    return before.map((item, index) => [index, item, after[index]] as const);
  }
  if (!isPlainObject(before) || !isPlainObject(after)) return undefined;
  const [one, other] = [Object.entries(before), Object.entries(after)];
  if (one.length !== other.length) return undefined;
  if (one.some(([key], index) => other[index]?.[0] !== key)) return undefined;
  return one.map(([key, value], index) => [key, value, other[index]?.[1]] as const);
}

/** A copy with these changes. What they leave alone is shared with the value. */
export function withEdits(value: unknown, edits: readonly Edit[]): unknown {
  const whole = edits.find(({ path }) => path.length === 0);
  if (whole) return whole.value;
  const byStep = new Map<Step, Edit[]>();
  for (const { path, value: changed } of edits) {
    const [step, ...rest] = path;
    const under = byStep.get(step as Step) ?? [];
    under.push({ path: rest, value: changed });
    byStep.set(step as Step, under);
  }
  if (Array.isArray(value)) {
    const copy = [...value];
    for (const [step, under] of byStep)
      copy[step as number] = withEdits(copy[step as number], under);
    return copy;
  }
  // Not by assignment: a key such as `__proto__` must stay a key.
  const entries = Object.entries(value as object).map(([key, inner]) => {
    const under = byStep.get(key);
    return [key, under ? withEdits(inner, under) : inner] as const;
  });
  return Object.fromEntries(entries);
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
