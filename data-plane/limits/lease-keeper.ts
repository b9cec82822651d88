import type { Logger } from "../../core/service/log.ts";
import { type LimitStore, leaseMs } from "./limit-store.ts";

const renewEveryMs = leaseMs / 3;
/** In one command. */
const maxPerCommand = 500;

type LeasesByKey = Map<string, Set<string>>;

/**
 * The places that calls of this proxy have among those under way. They are renewed as long as the calls run,
 * so a call may take as long as it likes; when the proxy dies, they end by themselves.
 */
export class LeaseKeeper {
  readonly #store: LimitStore;
  readonly #log: Logger;
  readonly #held: LeasesByKey = new Map();
  /** Those that Redis did not take back yet. They end by themselves anyway. */
  #unreleased: LeasesByKey = new Map();
  readonly #timer: NodeJS.Timeout;

  constructor(store: LimitStore, log: Logger) {
    this.#store = store;
    this.#log = log;
    this.#timer = setInterval(() => void this.renew(), renewEveryMs).unref();
  }

  hold(key: string, lease: string): void {
    add(this.#held, key, lease);
  }

  /** How many other calls of this proxy have a place. */
  countOthers(key: string, lease: string): number {
    const leases = this.#held.get(key);
    return leases ? leases.size - Number(leases.has(lease)) : 0;
  }

  release(key: string, lease: string): void {
    if (!remove(this.#held, key, lease)) return;
    this.#store.release(key, [lease]).catch(() => add(this.#unreleased, key, lease));
  }

  /** Of a place that may have been taken or not, since Redis did not answer. */
  abandon(key: string, lease: string): void {
    add(this.#unreleased, key, lease);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Gives up what could not be given up before, and renews the rest. */
  async renew(): Promise<void> {
    const released = this.#unreleased;
    this.#unreleased = new Map();
    await this.#tellAll(released, async (key, leases) => {
      await this.#store.release(key, leases);
    });
    await this.#tellAll(this.#held, async (key, leases) => {
      // Whatever ended since this round began is not begun again.
      const running = leases.filter((lease) => this.#held.get(key)?.has(lease));
      if (running.length > 0) await this.#store.renew(key, running);
    });
  }

  async #tellAll(
    all: LeasesByKey,
    tell: (key: string, leases: readonly string[]) => Promise<void>,
  ): Promise<void> {
    for (const [key, leases] of [...all]) {
      const ids = [...leases];
      for (let at = 0; at < ids.length; at += maxPerCommand) {
        try {
          await tell(key, ids.slice(at, at + maxPerCommand));
        } catch (error) {
          // The next round tries again, before the leases end.
          this.#log.debug({ err: error }, "leases could not be renewed");
          return;
        }
      }
    }
  }
}

function add(leases: LeasesByKey, key: string, lease: string): void {
  const ofKey = leases.get(key);
  if (ofKey) ofKey.add(lease);
  else leases.set(key, new Set([lease]));
}

function remove(leases: LeasesByKey, key: string, lease: string): boolean {
  const ofKey = leases.get(key);
  const removed = ofKey?.delete(lease) ?? false;
  if (ofKey?.size === 0) leases.delete(key);
  return removed;
}
