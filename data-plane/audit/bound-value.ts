import type { JsonValue } from "../../core/audit/record.ts";

/** Readers of records decode nested values step by step, and give up on deeper ones. */
const maxDepth = 20;

/** A value as a record may hold it: whole, or its beginning and its size when it is too long or nested too deep. */
export function boundValue(value: unknown, maxBytes: number): JsonValue {
  const text = textOf(value);
  if (text === undefined) return { truncated: true, reason: "nested too deeply to be written" };
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxBytes && depthOf(text) <= maxDepth) return value as JsonValue;
  const beginning = Buffer.from(text).subarray(0, maxBytes).toString("utf8");
  return { truncated: true, bytes, beginning };
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
