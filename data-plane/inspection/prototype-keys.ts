import { plainPointer } from "./plain-pointer.ts";

/**
 * The way to a key that changes what all objects of a JavaScript server are, as JSON Pointer: `__proto__`, or `prototype`
 * below `constructor`. JSON holds such keys like any other; programs that merge objects act on them.
 * Undefined: there is none. The value is within the bounds of depth.
 */
export function prototypeKeyIn(value: unknown): string | undefined {
  const backward: string[] = [];
  return leadsToPrototype(value, backward, false) ? plainPointer(backward.reverse()) : undefined;
}

/** Leaves the way to the key in `backward`, where there is one: its last step first. */
function leadsToPrototype(value: unknown, backward: string[], isConstructor: boolean): boolean {
  if (typeof value !== "object" || value === null) return false;
  for (const key of Object.keys(value)) {
    const isOne = key === "__proto__" || (isConstructor && key === "prototype");
    const inner = (value as Record<string, unknown>)[key];
    if (!isOne && !leadsToPrototype(inner, backward, key === "constructor")) continue;
    backward.push(key);
    return true;
  }
  return false;
}
