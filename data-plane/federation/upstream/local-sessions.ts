import { type Greeting, isSameWay, type Way } from "./way.ts";

interface Entry {
  readonly greeting: Promise<Greeting>;
  usedAt: number;
  failedAt?: number;
}

const idleForMs = 1_800_000;
/** An upstream that could not be reached is not asked again by every request at once. */
const retryAfterMs = 5_000;
const maxEntries = 10_000;

/**
 * Sessions with upstreams that are not in the agent's own session id: with an upstream that was down when that began, that has
 * lost its session, or that speaks another era than the agent. Only of the last kind has every proxy its own:
 * the others are shared (shared-way.ts), and this remembers them.
 */
export class LocalSessions {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** The session under a key, where one was begun and is still remembered. */
  peek(key: string): Promise<Greeting> | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (this.#isOver(entry)) {
      this.#entries.delete(key);
      return undefined;
    }
    entry.usedAt = this.#now();
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.greeting;
  }

  /** The session under a key. Requests that need it at the same time begin it once. */
  open(key: string, begin: () => Promise<Greeting>): Promise<Greeting> {
    return this.peek(key) ?? this.#begin(key, begin);
  }

  /** A session in place of one that the upstream no longer knows, unless that has happened already. */
  async renew(key: string, lost: Way, begin: () => Promise<Greeting>): Promise<Greeting> {
    const current = await this.peek(key)?.catch(() => undefined);
    if (current && !isSameWay(current.way, lost)) return current;
    return await this.#begin(key, begin);
  }

  /** Forgets the session under a key: its agent has ended it. */
  forget(key: string): void {
    this.#entries.delete(key);
  }

  #begin(key: string, begin: () => Promise<Greeting>): Promise<Greeting> {
    const entry: Entry = { greeting: begin(), usedAt: this.#now() };
    entry.greeting.catch(() => {
      entry.failedAt = this.#now();
    });
    this.#entries.set(key, entry);
    dropOldest(this.#entries);
    return entry.greeting;
  }

  #isOver({ usedAt, failedAt }: Entry): boolean {
    const now = this.#now();
    return failedAt === undefined ? now - usedAt > idleForMs : now - failedAt > retryAfterMs;
  }
}

/** Maps keep the order in which things came. */
function dropOldest(kept: Map<string, unknown>): void {
  if (kept.size <= maxEntries) return;
  for (const oldest of kept.keys()) {
    kept.delete(oldest);
    return;
  }
}
