import { createHash } from "node:crypto";
import type { JsonValue } from "./record.ts";

/** Readers of records decode nested values step by step, and give up on deeper ones. */
const maxDepth = 20;

/**
 * A value as a record may hold it: whole, or its beginning, its size and the SHA-256 of its JSON when it is too long or nested
 * too deep. `value` is redacted already, so the digest is of what was shown, not of a secret.
 */
export function boundValue(value: unknown, maxBytes: number): JsonValue {
  const text = textOf(value);
  if (text === undefined) return { truncated: true, reason: "nested too deeply to be written" };
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxBytes && depthOf(text) <= maxDepth) return value as JsonValue;
  const beginning = Buffer.from(text).subarray(0, maxBytes).toString("utf8");
  const sha256 = createHash("sha256").update(text).digest("hex");
  return { truncated: true, bytes, sha256, beginning };
}

/** Undefined when it is nested deeper than JSON.stringify can go. */
function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value) ?? "null";
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The deepest nesting of JSON that JSON.stringify made. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [bracket] of text.replace(/"(?:[^"\\]|\\.)*"/g, "").matchAll(/[[\]{}]/g)) {
    depth += bracket === "{" || bracket === "[" ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
