import { plainPointer } from "./plain-pointer.ts";

/**
 * The way to a key that changes what all objects of a JavaScript server are, as JSON Pointer: `__proto__`, or `prototype`
 * below `constructor`. JSON holds such keys like any other; programs that merge objects act on them.
 * Undefined: there is none. The value is within the bounds of depth.
 */
export function prototypeKeyIn(value: unknown): string | undefined {
  const path: string[] = [];
  return leadsToPrototype(value, path, false) ? plainPointer(path) : undefined;
}

/** Leaves the way to the key in `path`, where there is one. */
function leadsToPrototype(value: unknown, path: string[], isConstructor: boolean): boolean {
  if (typeof value !== "object" || value === null) return false;
  for (const [key, inner] of Object.entries(value)) {
    path.push(key);
    if (key === "__proto__" || (isConstructor && key === "prototype")) return true;
    if (leadsToPrototype(inner, path, key === "constructor")) return true;
    path.pop();
  }
  return false;
}
