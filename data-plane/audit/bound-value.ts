import type { JsonValue } from "../../core/audit/record.ts";

/** A value as a record may hold it: whole, or its beginning and its size when it is too long. */
export function boundValue(value: unknown, maxBytes: number): JsonValue {
  const text = JSON.stringify(value) ?? "null";
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxBytes) return value as JsonValue;
  const beginning = Buffer.from(text).subarray(0, maxBytes).toString("utf8");
  return { truncated: true, bytes, beginning };
}
