import { isObject } from "./json-rpc.ts";

/** Changes a value; returns the same one when there is nothing to change. */
export type Change = (value: unknown) => unknown;

/** Changes one field of an object, where it is there. */
export function field(name: string, change: Change): Change {
  return (value) => {
    if (!isObject(value) || value[name] === undefined) return value;
    const changed = change(value[name]);
    return changed === value[name] ? value : { ...value, [name]: changed };
  };
}

/** Changes each entry of a list. */
export function items(change: Change): Change {
  return (value) => {
    if (!Array.isArray(value)) return value;
    const changed = value.map(change);
    return changed.every((entry, index) => entry === value[index]) ? value : changed;
  };
}

/** Changes a text, where it is one. */
export function text(change: (value: string) => string): Change {
  return (value) => (typeof value === "string" ? change(value) : value);
}

/** One change after the other. */
export function all(...changes: readonly Change[]): Change {
  return (value) => changes.reduce((changed, change) => change(changed), value);
}
