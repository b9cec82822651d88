import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { AuditRecord } from "../record.ts";

/** The text that a record's hash is made of: the record without `hash`, in canonical JSON (RFC 8785). */
export function canonicalText(record: Omit<AuditRecord, "hash">): string {
  const { hash: _, ...hashed } = record as AuditRecord;
  try {
    return canonicalize(hashed) ?? "";
  } catch {
    // Half a surrogate pair or a number that JSON does not have: as the stream's readers will see them.
    return canonicalize(toWellFormed(hashed)) ?? "";
  }
}

/** In hexadecimal. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function toWellFormed(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, it: unknown) => {
    if (typeof it === "string") return it.toWellFormed();
    if (typeof it !== "object" || it === null || Array.isArray(it)) return it;
    return Object.fromEntries(Object.entries(it).map(([key, item]) => [key.toWellFormed(), item]));
  });
}
