import type { AuditRecord } from "../record.ts";

/**
 * A record as a reader finds it. Whoever can write to the stream can write anything: fields are read with {@link textAt} and its like,
 * which give something of the right type whatever is there.
 */
export type FoundRecord = Readonly<Record<string, unknown>>;

/** Never throws: what is no record becomes one of the event "malformed" that names its entry. */
export function parseRecord(text: string, entryId: string): FoundRecord {
  try {
    const parsed: unknown = JSON.parse(text);
    if (isObject(parsed)) return parsed;
  } catch {
    // Told of below.
  }
  const time = new Date(inRange(Number(entryId.split("-")[0]))).toISOString();
  const malformed = { id: entryId, time, event: "malformed", details: { entry: entryId } };
  return malformed satisfies AuditRecord as unknown as FoundRecord;
}

/** The string there, without halves of surrogate pairs; empty when there is none. */
export function textAt(record: FoundRecord, ...path: readonly string[]): string {
  const value = valueAt(record, path);
  return typeof value === "string" ? value.toWellFormed() : "";
}

/** The finite number there; undefined when there is none. */
export function numberAt(record: FoundRecord, ...path: readonly string[]): number | undefined {
  const value = valueAt(record, path);
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** The strings of the list there. */
export function textsAt(record: FoundRecord, ...path: readonly string[]): readonly string[] {
  const value = valueAt(record, path);
  if (!Array.isArray(value)) return [];
  return value.filter((it) => typeof it === "string").map((it) => it.toWellFormed());
}

/** When it happened, in ms since the epoch; 0 when it does not say. */
export function timeMsOf(record: FoundRecord): number {
  return inRange(Date.parse(textAt(record, "time")));
}

/** Formats have four digits for a year. */
function inRange(ms: number): number {
  return ms >= 0 && ms < Date.UTC(10_000, 0) ? ms : 0;
}

function valueAt(record: FoundRecord, path: readonly string[]): unknown {
  let value: unknown = record;
  for (const key of path) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

function isObject(value: unknown): value is FoundRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
