import { type Timestamp, timestampDate, timestampMs } from "@bufbuild/protobuf/wkt";
import { formatDurationMs } from "./duration.ts";

/** A moment in UTC, to the second. Empty when there is none. */
export function formatTime(timestamp: Timestamp | undefined): string {
  if (!timestamp) return "";
  return timestampDate(timestamp)
    .toISOString()
    .replace(/\.\d+Z$/, "Z");
}

/** How far away a moment is: `in 12m`, or `20s ago`. Its largest two units only. */
export function formatDistance(timestamp: Timestamp | undefined, nowMs = Date.now()): string {
  if (!timestamp) return "";
  const distanceMs = timestampMs(timestamp) - nowMs;
  const wholeSecondsMs = Math.round(Math.abs(distanceMs) / 1_000) * 1_000;
  const units = formatDurationMs(wholeSecondsMs).match(/\d+\D+/g) ?? [];
  const distance = units.slice(0, 2).join("");
  return distanceMs < 0 ? `${distance} ago` : `in ${distance}`;
}
