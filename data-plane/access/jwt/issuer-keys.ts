import {
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWSHeaderParameters,
} from "jose";
import type { Logger } from "../../../core/service/log.ts";

/** The issuer's keys are not known, or were fetched too long ago. Nothing is said about the token. */
export class KeysUnavailable extends Error {
  override readonly name = "KeysUnavailable";
}

export interface IssuerKeysOptions {
  readonly issuer: string;
  readonly fetchKeys: () => Promise<JSONWebKeySet>;
  /** How long keys are good for while the issuer cannot be reached, in milliseconds. */
  readonly staleForMs: number;
  readonly log: Logger;
  /** Milliseconds that only grow. */
  readonly now?: () => number;
}

type KeySet = ReturnType<typeof createLocalJWKSet>;

const refreshAfterMs = 5 * 60_000;
/** Whoever sends tokens with unknown key ids makes us ask so often at once, and once in so long after that. */
const asksAtOnce = 5;
const oneAskEveryMs = 10_000;

/**
 * The public keys of one issuer. They are fetched beside the calls; a call waits only for the first ones,
 * and for a key id that was never seen.
 */
export class IssuerKeys {
  readonly #options: IssuerKeysOptions;
  readonly #now: () => number;
  #set: KeySet | undefined;
  #fetchedAtMs = 0;
  /** When the allowance of asks would be full again. */
  #restedAtMs = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;

  constructor(options: IssuerKeysOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** The key that a token names, for jose. Rejects with {@link KeysUnavailable}, or as jose does. */
  readonly find = async (
    header?: JWSHeaderParameters,
    token?: FlattenedJWSInput,
  ): Promise<CryptoKey> => {
    const set = this.#current() ?? (await this.#first());
    try {
      return await set(header, token);
    } catch (error) {
      const mayBeNew = this.#fetching !== undefined || this.#mayAsk();
      if (!(error instanceof errors.JWKSNoMatchingKey) || !mayBeNew) throw error;
      await this.refresh();
      return await (this.#current() ?? set)(header, token);
    }
  };

  /** Fetches the keys when they are no longer new. Never rejects. */
  async refreshIfDue(): Promise<void> {
    const isDue = !this.#set || this.#now() - this.#fetchedAtMs >= refreshAfterMs;
    if (isDue && this.#mayAsk()) await this.refresh();
  }

  /** Fetches the keys. Calls at the same time share one fetch. Never rejects. */
  refresh(): Promise<void> {
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  #current(): KeySet | undefined {
    const isGood = this.#now() - this.#fetchedAtMs < this.#options.staleForMs;
    return isGood ? this.#set : undefined;
  }

  async #first(): Promise<KeySet> {
    if (this.#fetching || this.#mayAsk()) await this.refresh();
    const set = this.#current();
    if (set) return set;
    throw new KeysUnavailable(`the keys of ${this.#options.issuer} cannot be fetched`);
  }

  #mayAsk(): boolean {
    return this.#restedAtMs - this.#now() <= (asksAtOnce - 1) * oneAskEveryMs;
  }

  async #fetch(): Promise<void> {
    const { issuer, log } = this.#options;
    this.#restedAtMs = Math.max(this.#restedAtMs, this.#now()) + oneAskEveryMs;
    try {
      this.#set = createLocalJWKSet(await this.#options.fetchKeys());
      this.#fetchedAtMs = this.#now();
    } catch (error) {
      log.error({ err: error, issuer }, "the keys of an issuer could not be fetched");
    }
  }
}
