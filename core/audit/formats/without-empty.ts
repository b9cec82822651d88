/** Leaves out what says nothing: absent and empty values, and objects and lists of nothing else. */
export function withoutEmpty(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept = Object.entries(value)
    .map(([key, item]) => [key, shrink(item)] as const)
    .filter(([, item]) => item !== undefined);
  return Object.fromEntries(kept);
}

function shrink(value: unknown): unknown {
  if (value === "" || value === null || value === undefined) return undefined;
  if (Array.isArray(value)) {
    const items = value.map(shrink).filter((it) => it !== undefined);
    return items.length > 0 ? items : undefined;
  }
  if (typeof value !== "object") return value;
  const kept = withoutEmpty(value as Readonly<Record<string, unknown>>);
  return Object.keys(kept).length > 0 ? kept : undefined;
}
