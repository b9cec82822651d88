import { randomBytes } from "node:crypto";
import type { Charge } from "../../core/policy/decide.ts";
import type { CountMode, LimitSubject } from "./counter.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import { type LimitResult, type Reading, refuses, resultOf } from "./reading.ts";

/** Where calls are counted. */
interface Counting {
  readonly leases: Pick<LeaseKeeper, "hold" | "release">;
  count(
    charges: readonly Charge[],
    subject: LimitSubject,
    how: { readonly lease: string; readonly mode: CountMode },
  ): Promise<Reading[]>;
  refund(readings: readonly Reading[]): Promise<void>;
}

/** What one call takes of its quotas. It must be ended, whatever happens to the call. */
export class Admission {
  readonly #limiter: Counting;
  /** The same through looking and taking: a call never has two places. */
  readonly #lease = randomBytes(9).toString("base64url");
  readonly #keys = new Set<string>();
  #counted: readonly Reading[] = [];
  #ended = false;

  constructor(limiter: Counting) {
    this.#limiter = limiter;
  }

  /** Whether there is room, for a call that waits before it is made. Takes a place where the limit counts waiting calls. */
  look(charges: readonly Charge[], subject: LimitSubject): Promise<LimitResult> {
    return this.#count(charges, subject, "look");
  }

  /** Takes a place where the limit counts waiting calls, for a call that waits on what was opened before. */
  wait(charges: readonly Charge[], subject: LimitSubject): Promise<LimitResult> {
    return this.#count(charges, subject, "wait");
  }

  /** Counts the call in all of its quotas, or in none. */
  take(charges: readonly Charge[], subject: LimitSubject): Promise<LimitResult> {
    return this.#count(charges, subject, "take");
  }

  /** Takes back what was counted: the call is not made after all. */
  async refund(): Promise<void> {
    const counted = this.#counted;
    this.#counted = [];
    await this.#limiter.refund(counted);
  }

  /** Gives up the call's places among those under way. */
  end(): void {
    this.#ended = true;
    for (const key of this.#keys) this.#limiter.leases.release(key, this.#lease);
    this.#keys.clear();
  }

  async #count(
    charges: readonly Charge[],
    subject: LimitSubject,
    mode: CountMode,
  ): Promise<LimitResult> {
    const readings = await this.#limiter.count(charges, subject, { lease: this.#lease, mode });
    if (!readings.some(refuses)) {
      if (mode === "take") this.#counted = readings;
      this.#keep(readings.filter((reading) => hasPlace(reading, mode)));
    }
    return resultOf(readings);
  }

  #keep(places: readonly Reading[]): void {
    for (const { counter } of places) {
      this.#keys.add(counter.key);
      this.#limiter.leases.hold(counter.key, this.#lease);
    }
    // The call ended while Redis was asked.
    if (this.#ended) this.end();
  }
}

/** Whether the call is among those under way that the limit counts. */
function hasPlace({ counter: { quota, limit }, waitMs }: Reading, mode: CountMode): boolean {
  return quota.kind === "concurrent" && waitMs === 0 && (mode === "take" || limit.countsHeld);
}
