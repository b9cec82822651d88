import { wrongUsage } from "../../errors.ts";

const unitsMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds since the epoch of "2026-11-22T08:00:00Z", or of so long ago: "90s", "15m", "24h", "7d". */
export function parseMoment(text: string, nowMs: number): number {
  const [, count, unit = ""] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const unitMs = unitsMs[unit];
  if (count !== undefined && unitMs !== undefined) return nowMs - Number(count) * unitMs;
  const isDate = /^\d{4}-\d\d-\d\d(T.*)?$/.test(text);
  const timeMs = isDate ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(timeMs)) {
    throw wrongUsage(
      `a time is like 2026-11-22T08:00:00Z, or so long ago: 90s, 15m, 24h, 7d; got ${JSON.stringify(text)}`,
    );
  }
  return timeMs;
}
