import type { Cut } from "./cuts.ts";

/** A text of a JSON value and where it stands (JSON Pointer, RFC 6901). */
export interface Leaf {
  readonly text: string;
  readonly pointer: string;
}

interface WalkOptions {
  readonly maxDepth: number;
  readonly maxNodes: number;
  readonly onCut: (cut: Cut) => void;
}

/** Keys that a programmer wrote, rather than data. */
const fieldName = /^[A-Za-z_$-]{1,40}$/;
const longestBlob = 262_144;

/**
 * The texts and numbers of a JSON value in its order, and its keys that are data behind them. Without the envelope of a
 * message, images and sounds; a resource of text in base64 counts as its text.
 */
export function leavesOf(value: unknown, options: WalkOptions): readonly Leaf[] {
  const walk = new LeafWalk(options);
  walk.visit(value, "", 0);
  return [...walk.leaves, ...walk.keys];
}

class LeafWalk {
  readonly leaves: Leaf[] = [];
  readonly keys: Leaf[] = [];
  readonly #options: WalkOptions;
  #nodes = 0;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  visit(value: unknown, pointer: string, depth: number): void {
    this.#nodes += 1;
    if (this.#nodes > this.#options.maxNodes) {
      this.#options.onCut("nodes");
      return;
    }
    if (typeof value === "string") {
      if (value !== "") this.leaves.push({ text: value, pointer });
    } else if (typeof value === "number") {
      this.leaves.push({ text: String(value), pointer });
    } else if (typeof value === "object" && value !== null) {
      this.#visitBelow(value, pointer, depth);
    }
  }

  #visitBelow(value: object, pointer: string, depth: number): void {
    if (depth >= this.#options.maxDepth) this.#options.onCut("depth");
    else if (Array.isArray(value)) this.#visitItems(value, pointer, depth);
    else this.#visitFields(value as Record<string, unknown>, pointer, depth);
  }

  #visitItems(items: readonly unknown[], pointer: string, depth: number): void {
    for (let index = 0; index < items.length; index += 1) {
      if (this.#nodes > this.#options.maxNodes) return;
      this.visit(items[index], `${pointer}/${index}`, depth + 1);
    }
  }

  #visitFields(holder: Readonly<Record<string, unknown>>, pointer: string, depth: number): void {
    for (const key of Object.keys(holder)) {
      if (this.#nodes > this.#options.maxNodes) return;
      const below = `${pointer}/${escaped(key)}`;
      if (depth === 0 && isEnvelope(key, holder)) continue;
      if (!fieldName.test(key)) this.keys.push({ text: key, pointer: below });
      if (isBlob(key, holder)) this.#visitBlob(holder, key, below);
      else this.visit(holder[key], below, depth + 1);
    }
  }

  #visitBlob(holder: Readonly<Record<string, unknown>>, key: string, pointer: string): void {
    if (key !== "blob" || !/^text\/|json|xml|yaml/.test(String(holder["mimeType"]))) return;
    const blob = holder[key] as string;
    if (blob.length > longestBlob) this.#options.onCut("characters");
    const text = Buffer.from(blob.slice(0, longestBlob), "base64").toString("utf8");
    this.leaves.push({ text, pointer });
  }
}

function isEnvelope(key: string, holder: object): boolean {
  return key === "jsonrpc" || (key === "id" && "jsonrpc" in holder);
}

function escaped(key: string): string {
  return /[~/]/.test(key) ? key.replaceAll("~", "~0").replaceAll("/", "~1") : key;
}

const base64 = /^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$/;

/** As MCP sends what is no text. Only what is base64 counts: a blob of words would be a way around. */
function isBlob(key: string, holder: Readonly<Record<string, unknown>>): boolean {
  if (key !== "data" && key !== "blob") return false;
  const value = holder[key];
  const declared =
    (key === "data" && (holder["type"] === "image" || holder["type"] === "audio")) ||
    (key === "blob" && typeof holder["uri"] === "string");
  return declared && typeof value === "string" && base64.test(value);
}
