import type { WindowShape } from "./quota-shape.ts";

const headBytes = 16;

/**
 * How many calls a stored window (data-plane/limits/count.lua) counts at a moment, in microseconds since the epoch
 * on the clock of its Redis.
 */
export function usedIn(stored: Buffer, { widthUs, buckets }: WindowShape, nowUs: number): number {
  if (stored.length < headBytes + 4 * buckets) return 0;
  const index = stored.readDoubleLE(0);
  const used = stored.readUInt32LE(8);
  const steps = Math.floor(nowUs / widthUs) - index;
  if (steps <= 0) return used;
  if (steps > buckets) return 0;
  let gone = 0;
  for (let back = buckets - steps; back < buckets; back += 1) {
    gone += stored.readUInt32LE(headBytes + 4 * back);
  }
  return used - gone;
}
