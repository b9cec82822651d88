/** The path of a field: `rules[2]` and `action` make `rules[2].action`. */
export function fieldPath(parent: string, name: string): string {
  if (!/^[\w-]+$/.test(name)) return `${parent}[${JSON.stringify(name)}]`;
  return parent === "" ? name : `${parent}.${name}`;
}

/** The path of an entry of a list. */
export function entryPath(parent: string, index: number): string {
  return `${parent}[${index}]`;
}

/** The path without its last step. */
export function parentPath(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("."), path.lastIndexOf("[")));
}

/** Whether `path` is `ancestor` or lies below it. Everything lies below the empty path. */
export function isWithin(path: string, ancestor: string): boolean {
  if (ancestor === "") return true;
  return path === ancestor || path.startsWith(`${ancestor}.`) || path.startsWith(`${ancestor}[`);
}
