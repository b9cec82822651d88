const plainName = /^[\w$.-]{1,64}$/;

/**
 * The way to a key that changes what all objects of a JavaScript server are, as JSON Pointer: `__proto__`, or `prototype`
 * below `constructor`. JSON holds such keys like any other; programs that merge objects act on them.
 * Undefined: there is none. The value is within the bounds of depth.
 */
export function prototypeKeyIn(value: unknown): string | undefined {
  return search(value, "", false);
}

function search(value: unknown, pointer: string, isConstructor: boolean): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = isPrototype(key, isConstructor) ? key : undefined;
    const below = `${pointer}/${found ?? (plainName.test(key) ? key : "*")}`;
    if (found !== undefined) return below;
    const deeper = search(inner, below, key === "constructor");
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

function isPrototype(key: string, isConstructor: boolean): boolean {
  return key === "__proto__" || (isConstructor && key === "prototype");
}
