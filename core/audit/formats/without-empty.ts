/** Leaves out what says nothing: absent and empty values, and objects and lists of nothing else. */
export function withoutEmpty(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return keep(value) ?? {};
}

/** Loops rather than lists of entries: this runs for every object of every record. */
function keep(value: Readonly<Record<string, unknown>>): Record<string, unknown> | undefined {
  let kept: Record<string, unknown> | undefined;
  for (const key of Object.keys(value)) {
    const item = shrink(value[key]);
    if (item === undefined) continue;
    kept ??= {};
    // A plain assignment of this key would set the prototype.
    if (key !== "__proto__") kept[key] = item;
  }
  return kept;
}

function shrink(value: unknown): unknown {
  if (value === "" || value === null || value === undefined) return undefined;
  if (typeof value !== "object") return value;
  if (!Array.isArray(value)) return keep(value as Readonly<Record<string, unknown>>);
  const items = value.map(shrink).filter((it) => it !== undefined);
  return items.length > 0 ? items : undefined;
}
