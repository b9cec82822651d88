import { type FoundRecord, parseRecord } from "./read-record.ts";
import { toCef } from "./to-cef.ts";
import { toEcs } from "./to-ecs.ts";
import { toLeef } from "./to-leef.ts";
import { toOcsf } from "./to-ocsf.ts";

export const auditFormats = ["native", "ocsf", "ecs", "cef", "leef"] as const;
export type AuditFormat = (typeof auditFormats)[number];

/** A record in one of the formats. */
export interface RenderedRecord {
  readonly record: FoundRecord;
  /** One line without its end. */
  readonly line: string;
}

/** Renders the text of an entry of the stream. Never throws, whatever the entry holds. */
export function renderRecord(text: string, entryId: string, format: AuditFormat): RenderedRecord {
  const record = parseRecord(text, entryId);
  try {
    return { record, line: toLine(record, text, format) };
  } catch {
    // Nested so deeply that it cannot be written again.
    const malformed = parseRecord("", entryId);
    return { record: malformed, line: toLine(malformed, "", format) };
  }
}

function toLine(record: FoundRecord, text: string, format: AuditFormat): string {
  switch (format) {
    case "native":
      // As it was hashed, unless that is no line or no record.
      return record["event"] === "malformed" || /[\r\n]/.test(text) ? JSON.stringify(record) : text;
    case "ocsf":
      return JSON.stringify(toOcsf(record, text));
    case "ecs":
      return JSON.stringify(toEcs(record, text));
    case "cef":
      return toCef(record);
    case "leef":
      return toLeef(record);
  }
}
