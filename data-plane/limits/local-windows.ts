import { performance } from "node:perf_hooks";
import type { WindowShape } from "../../core/limits/quota-shape.ts";

/** Counts as count.lua does, in this process and on its own clock that only goes forward. */
interface Window {
  readonly shape: WindowShape;
  /** Calls by index of the sub-bucket, oldest first. */
  readonly counts: Map<number, number>;
}

/** Agents choose some of what is counted apart. */
const maxWindows = 20_000;
const sweepEveryUs = 1_000_000;

/** What this proxy has admitted itself, so that it knows its share when Redis does not answer. Bounded. */
export class LocalWindows {
  readonly #windows = new Map<string, Window>();
  readonly #nowUs: () => number;
  #sweptAtUs = Number.NEGATIVE_INFINITY;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowUs = () => nowMs() * 1_000;
  }

  /** Milliseconds until there is room for so many. 0: there is. Undefined: there will not be. */
  waitMs(
    key: string,
    shape: WindowShape,
    room: { readonly amount: number; readonly cost: number },
  ): number | undefined {
    const { widthUs, buckets } = shape;
    if (room.cost > room.amount) return undefined;
    const window = this.#windows.get(key);
    // What cannot be counted is not admitted.
    if (!window) return this.#hasPlace() ? 0 : ((buckets + 1) * widthUs) / 1_000;
    this.#forgetOld(window);
    let used = this.used(key);
    for (const [index, count] of window.counts) {
      if (used + room.cost <= room.amount) return 0;
      used -= count;
      if (used + room.cost <= room.amount) {
        return ((index + buckets + 1) * widthUs - this.#nowUs()) / 1_000;
      }
    }
    return 0;
  }

  used(key: string): number {
    const window = this.#windows.get(key);
    if (!window) return 0;
    this.#forgetOld(window);
    return [...window.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  count(key: string, shape: WindowShape, cost: number): void {
    const window = this.#windows.get(key) ?? { shape, counts: new Map<number, number>() };
    if (!this.#windows.has(key)) {
      if (!this.#hasPlace()) return;
      this.#windows.set(key, window);
    }
    this.#forgetOld(window);
    const index = Math.floor(this.#nowUs() / shape.widthUs);
    window.counts.set(index, (window.counts.get(index) ?? 0) + cost);
  }

  #forgetOld({ shape, counts }: Window): void {
    const oldest = Math.floor(this.#nowUs() / shape.widthUs) - shape.buckets;
    for (const index of counts.keys()) {
      if (index >= oldest) return;
      counts.delete(index);
    }
  }

  #hasPlace(): boolean {
    if (this.#windows.size < maxWindows) return true;
    const nowUs = this.#nowUs();
    if (nowUs - this.#sweptAtUs < sweepEveryUs) return false;
    this.#sweptAtUs = nowUs;
    for (const [key, window] of this.#windows) {
      this.#forgetOld(window);
      if (window.counts.size === 0) this.#windows.delete(key);
    }
    return this.#windows.size < maxWindows;
  }
}
