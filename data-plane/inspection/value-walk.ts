import { ScanStopped } from "./scan-budget.ts";

export interface WalkBounds {
  readonly maxDepth: number;
  readonly maxNodes: number;
}

/** What to do with the texts of a value. */
export interface TextVisitor {
  /** Returns the text to have in place of this one. The key is that of the object it stands in. */
  text(text: string, pointer: Pointer, key: string | undefined): string;
  /** Returns the number to have in place of this one. The key is that of the object it stands in. */
  number?(value: number, pointer: Pointer, key: string | undefined): number;
  /** Returns the key to have in place of this one, and whether a pointer may show it. */
  key(key: string, pointer: Pointer): { readonly key: string; readonly mayShow: boolean };
  /** Texts that are not looked at. */
  skips?(key: string, holder: Readonly<Record<string, unknown>>, depth: number): boolean;
  /** What is to stand in place of a field that is read otherwise than a text is. Undefined: it is visited like any other. */
  special?(
    key: string,
    holder: Readonly<Record<string, unknown>>,
    pointer: Pointer,
  ): string | undefined;
}

/** The way to a text, as JSON Pointer (RFC 6901). Written out only for findings. */
export class Pointer {
  readonly #parts: (string | number)[] = [];

  get depth(): number {
    return this.#parts.length;
  }

  /** Whether the way begins with these steps. */
  begins(first: string, second: string): boolean {
    return this.#parts[0] === first && this.#parts[1] === second;
  }

  /** Whether the last step is this one. */
  endsWith(part: string): boolean {
    return this.#parts.at(-1) === part;
  }

  /** A key, or the place of an item. */
  push(part: string | number): void {
    this.#parts.push(part);
  }

  pop(): void {
    this.#parts.pop();
  }

  toString(): string {
    return this.#parts
      .map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`)
      .join("");
  }
}

const longestShownKey = 128;

/**
 * Visits every text of a JSON value, keys too, and returns the value with the texts replaced.
 * Copies only what changes: the same value comes back when nothing did. Throws {@link ScanStopped} beyond the bounds.
 */
export class ValueWalk {
  readonly #visitor: TextVisitor;
  readonly #bounds: WalkBounds;
  readonly #pointer = new Pointer();
  #nodes = 0;

  constructor(visitor: TextVisitor, bounds: WalkBounds) {
    this.#visitor = visitor;
    this.#bounds = bounds;
  }

  walk(value: unknown): unknown {
    return this.#visit(value, undefined);
  }

  #visit(value: unknown, key: string | undefined): unknown {
    this.#nodes += 1;
    if (this.#nodes > this.#bounds.maxNodes)
      throw new ScanStopped("scan.limits", "it is too large");
    if (typeof value === "string") return this.#visitor.text(value, this.#pointer, key);
    if (typeof value === "number") {
      return this.#visitor.number?.(value, this.#pointer, key) ?? value;
    }
    if (typeof value !== "object" || value === null) return value;
    if (this.#pointer.depth >= this.#bounds.maxDepth) {
      throw new ScanStopped("scan.limits", "it is nested too deeply");
    }
    return Array.isArray(value)
      ? this.#visitArray(value, key)
      : this.#visitObject(value as Record<string, unknown>);
  }

  #visitArray(items: readonly unknown[], key: string | undefined): unknown {
    let copy: unknown[] | undefined;
    for (let index = 0; index < items.length; index += 1) {
      const item = items[index];
      this.#pointer.push(index);
      const visited = this.#visit(item, key);
      this.#pointer.pop();
      if (visited === item && !copy) continue;
      copy ??= items.slice(0, index);
      copy.push(visited);
    }
    return copy ?? items;
  }

  #visitObject(holder: Record<string, unknown>): unknown {
    const keys = Object.keys(holder);
    let copy: (readonly [string, unknown])[] | undefined;
    for (let index = 0; index < keys.length; index += 1) {
      const key = keys[index] as string;
      if (this.#visitor.skips?.(key, holder, this.#pointer.depth)) continue;
      const value = holder[key];
      const seen = this.#visitor.key(key, this.#pointer);
      const shows = seen.mayShow && key.length <= longestShownKey;
      this.#pointer.push(shows ? key : `(key ${index + 1})`);
      const visited =
        this.#visitor.special?.(key, holder, this.#pointer) ?? this.#visit(value, key);
      this.#pointer.pop();
      if (visited === value && seen.key === key) continue;
      copy ??= Object.entries(holder);
      copy[index] = [seen.key, visited];
    }
    // Not by assignment: a key such as `__proto__` must stay a key.
    return copy ? Object.fromEntries(withDistinctKeys(copy)) : holder;
  }
}

/** Keys that became the same keep their values apart. */
function withDistinctKeys(
  entries: readonly (readonly [string, unknown])[],
): (readonly [string, unknown])[] {
  const taken = new Set<string>();
  return entries.map(([key, value]) => {
    let distinct = key;
    for (let copy = 2; taken.has(distinct); copy += 1) distinct = `${key} (${copy})`;
    taken.add(distinct);
    return [distinct, value];
  });
}
