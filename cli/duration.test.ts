import { expect, it } from "vitest";
import { formatDurationMs, parseDurationMs } from "./duration.ts";

it.each([
  ["500ms", 500],
  ["30s", 30_000],
  ["15m", 900_000],
  ["1h30m", 5_400_000],
  ["7d", 604_800_000],
  ["1m500ms", 60_500],
  ["0s", 0],
])("reads and writes %s", (text, ms) => {
  expect(parseDurationMs(text)).toBe(ms);
  expect(formatDurationMs(ms)).toBe(text);
});

it.each(["", "5", "m", "-5s", "1.5s", "5 s", "30m1h", "1h1h", "5S", "1y", "99999999999999999d"])(
  "does not take %j for a duration",
  (text) => {
    expect(parseDurationMs(text)).toBeUndefined();
  },
);
