import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Pair,
  type YAMLMap,
} from "yaml";
import { fieldPath, parentPath } from "./paths.ts";
import { describe } from "./scalars.ts";

/** Where something stands in the document. Both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One thing wrong with the document. The path is empty for the document as a whole. */
export interface Problem extends Partial<Position> {
  readonly path: string;
  readonly message: string;
}

/** More is no shorthand any more: each use is read again. */
const maxAliases = 100;

const refusedKeys: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  "<<": "is a merge key, which YAML 1.2 does not have",
  ["__proto__"]: "is not allowed as a key",
});

/** Walks a document, and remembers the position of each path and every problem on the way. */
export class DocumentReader {
  readonly problems: Problem[] = [];
  /** Where a value was written that could not be read: what is missing there was not left out. */
  readonly unread = new Set<string>();
  readonly #positions = new Map<string, Position>();
  readonly #document: Document;
  readonly #lines: LineCounter;
  #aliases = 0;

  constructor(document: Document, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  /** The position of the path, or of the nearest parent that the document has. */
  locate(path: string): Position | undefined {
    let nearest = path;
    while (nearest !== "" && !this.#positions.has(nearest)) nearest = parentPath(nearest);
    return this.#positions.get(nearest);
  }

  mark(path: string, node: unknown): void {
    if (this.#positions.has(path) || !isNode(node) || !node.range) return;
    this.#positions.set(path, this.positionOf(node.range[0]));
  }

  positionOf(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }

  report(path: string, message: string, position = this.locate(path)): void {
    this.problems.push({ path, message, ...position });
  }

  /** Reports a value that could not be read. */
  refuse(path: string, message: string): undefined {
    this.unread.add(path);
    this.report(path, message);
  }

  /** The node behind aliases. Undefined, and reported, when there is no value to read. */
  resolve(value: unknown, path: string): Node | undefined {
    const node = isAlias(value)
      ? this.#follow(value.source, path, () => value.resolve(this.#document))
      : value;
    if (node === undefined) return undefined;
    if (!isNode(node) || (isScalar(node) && node.value === null)) {
      return this.refuse(path, "has no value; give it one or leave the field out");
    }
    return node;
  }

  /** The scalar's value. Undefined, and reported, when it is a list or a mapping. */
  scalar(node: Node, path: string): { readonly value: unknown } | undefined {
    if (isScalar(node)) return node;
    const wanted = isSeq(node) ? "a list" : "a mapping";
    return this.refuse(path, `must be one value, got ${wanted}`);
  }

  /** The entries of a list. */
  list(node: Node, path: string): readonly unknown[] | undefined {
    if (isSeq(node)) return node.items;
    return this.refuse(path, `must be a list, got ${kindOf(node)}`);
  }

  /** The entries of a mapping by name, each name once; the others are reported. */
  mapping(node: Node, path: string): ReadonlyMap<string, unknown> | undefined {
    if (!isMap(node)) return this.refuse(path, `must be a mapping, got ${kindOf(node)}`);
    const entries = new Map<string, unknown>();
    for (const pair of (node as YAMLMap).items) this.#addEntry(entries, pair, path);
    return entries;
  }

  #addEntry(entries: Map<string, unknown>, { key, value }: Pair, parent: string): void {
    const name = isScalar(key) ? key.value : undefined;
    const position = isNode(key) && key.range ? this.positionOf(key.range[0]) : undefined;
    const path = typeof name === "string" ? fieldPath(parent, name) : parent;
    if (typeof name !== "string") {
      const written = isScalar(key) ? describe(key.value) : "a collection or an alias";
      this.report(path, `has ${written} as a key; keys must be text`, position);
    } else if (refusedKeys[name]) {
      this.report(path, refusedKeys[name], position);
    } else if (entries.has(name)) {
      this.report(path, `is set twice; first on line ${this.locate(path)?.line}`, position);
    } else {
      this.mark(path, key);
      entries.set(name, value);
    }
  }

  #follow(source: string, path: string, resolve: () => Node | undefined): Node | undefined {
    this.#aliases += 1;
    if (this.#aliases > maxAliases) {
      return this.refuse(
        path,
        `is alias ${this.#aliases} of the document; at most ${maxAliases} are read`,
      );
    }
    return (
      resolve() ?? this.refuse(path, `names the anchor ${source}, which stands nowhere before it`)
    );
  }
}

function kindOf(node: Node): string {
  if (isScalar(node)) return describe(node.value);
  return isSeq(node) ? "a list" : "a mapping";
}
