import { digestToken } from "../../core/secrets/tokens.ts";
import type { Operator, OperatorStore } from "./operator-store.ts";

/** How long a token may still work that another control plane has revoked. */
const maxAgeMs = 1_000;
/** A token that is unknown may be one that another control plane has just made: look again, but not for every guess. */
const unknownAgeMs = 50;

/** Finds operators by their token, from a copy of the table that is at most a second old. */
export class OperatorDirectory {
  readonly #store: OperatorStore;
  readonly #now: () => number;
  #byDigest: ReadonlyMap<string, Operator> = new Map();
  #loadedAtMs = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | undefined;

  constructor(store: OperatorStore, now: () => number = () => performance.now()) {
    this.#store = store;
    this.#now = now;
  }

  async authenticate(token: string): Promise<Operator | undefined> {
    const digest = digestToken(token).toString("hex");
    await this.#loadOlderThan(maxAgeMs);
    if (!this.#byDigest.has(digest)) await this.#loadOlderThan(unknownAgeMs);
    return this.#byDigest.get(digest);
  }

  /** The table was changed here: look again at once. */
  forget(): void {
    this.#loadedAtMs = Number.NEGATIVE_INFINITY;
    this.#loading = undefined;
  }

  async #loadOlderThan(ageMs: number): Promise<void> {
    if (this.#now() - this.#loadedAtMs < ageMs) return;
    this.#loading ??= this.#load();
    await this.#loading;
  }

  #load(): Promise<void> {
    const startedAtMs = this.#now();
    const loading: Promise<void> = this.#store.list().then(
      (operators) => {
        // A copy that was asked for before the table changed must not outlive the change.
        if (this.#loading !== loading) return;
        this.#loading = undefined;
        this.#byDigest = new Map(operators.map((it) => [it.tokenDigest, it]));
        this.#loadedAtMs = startedAtMs;
      },
      (error: unknown) => {
        if (this.#loading === loading) this.#loading = undefined;
        throw error;
      },
    );
    return loading;
  }
}
