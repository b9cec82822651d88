import type { Exchange, ExchangeBody } from "./exchange.ts";
import { isRecord } from "./probe.ts";

/** One line for each field that is not the same, such as "status: 200 direct, 400 through". */
export function findDifferences(direct: Exchange, through: Exchange): string[] {
  const found: string[] = [];
  const compare = (path: string, a: unknown, b: unknown) =>
    found.push(...compareValues(path, a, b));
  compare("status", direct.status, through.status);
  compare("header", direct.headers, through.headers);
  compare("body.kind", direct.body.kind, through.body.kind);
  compare("body", contentOf(direct.body), contentOf(through.body));
  return found;
}

/** JSON is shown field by field, but compared by its bytes: 1e400 and 0.1e401 would be read alike. */
function contentOf(body: ExchangeBody): unknown {
  return body.kind === "text" ? toComparable(body.text) : body.events.map(toComparableEvent);
}

function toComparableEvent(event: Readonly<Record<string, string>>): unknown {
  const { data, ...fields } = event;
  return data === undefined ? fields : { ...fields, data: toComparable(data) };
}

interface Comparable {
  readonly bytes: string;
  readonly value: unknown;
}

function toComparable(bytes: string): Comparable {
  try {
    return { bytes, value: JSON.parse(bytes) };
  } catch {
    return { bytes, value: bytes };
  }
}

function isComparable(value: unknown): value is Comparable {
  return isRecord(value) && Object.keys(value).join() === "bytes,value";
}

function compareValues(path: string, a: unknown, b: unknown): string[] {
  if (isComparable(a) && isComparable(b)) {
    if (a.bytes === b.bytes) return [];
    const fields = compareValues(path, a.value, b.value);
    return fields.length > 0 ? fields : [`${path}: the same JSON in other bytes`];
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    const length = Math.max(a.length, b.length);
    return Array.from({ length }, (_, index) =>
      compareValues(`${path}[${index}]`, a[index], b[index]),
    ).flat();
  }
  if (isRecord(a) && isRecord(b)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    return keys.flatMap((key) => compareValues(`${path}.${key}`, a[key], b[key]));
  }
  return Object.is(a, b) ? [] : [`${path}: ${show(a)} direct, ${show(b)} through`];
}

function show(value: unknown): string {
  const text = isComparable(value) ? value.bytes : (JSON.stringify(value) ?? "nothing");
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
