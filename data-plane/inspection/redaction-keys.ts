import { createHash, hkdfSync } from "node:crypto";
import type { RedactionScope } from "../call/redactor.ts";

/** What tokens of one tenant are made with, for one epoch. */
interface RedactionKey {
  /** The epoch's first day (UTC) and a digest of the key, such as "20260904-3fa94c12": says which tokens can be compared. */
  readonly id: string;
  readonly bytes: Buffer;
}

export interface RedactionSecret {
  /** Shared by all proxies of a fleet. */
  readonly redactionKey: Buffer;
  /** Days of UTC that one key is used for, counted from 1970. Default 90. */
  readonly redactionEpochDays?: number;
}

const msPerDay = 86_400_000;
/** Of each epoch. */
const maxRemembered = 1_000;
const maxEpochs = 4;

/**
 * Keys by tenant and epoch, made of one secret: who knows that and the length of an epoch has the same ones at the same time, and
 * tokens of one tenant or epoch say nothing of another's.
 */
export class RedactionKeys {
  readonly #secret: Buffer;
  readonly #epochDays: number;
  readonly #known = new Map<number, Map<string | undefined, RedactionKey>>();

  constructor({ redactionKey, redactionEpochDays = 90 }: RedactionSecret) {
    this.#secret = redactionKey;
    this.#epochDays = redactionEpochDays;
  }

  /** Default: of no tenant, now. */
  of({ tenant, atMs }: RedactionScope = { tenant: undefined, atMs: Date.now() }): RedactionKey {
    const epoch = Math.floor(Math.floor(atMs / msPerDay) / this.#epochDays);
    let known = this.#known.get(epoch);
    if (!known) {
      if (this.#known.size >= maxEpochs) this.#known.clear();
      known = new Map();
      this.#known.set(epoch, known);
    }
    let key = known.get(tenant);
    if (!key) {
      if (known.size >= maxRemembered) known.clear();
      key = this.#make(epoch, tenant);
      known.set(tenant, key);
    }
    return key;
  }

  /** Of this epoch and of the one before: what was sealed with the second opens with the first no longer. */
  latest(tenant: string | undefined, atMs: number): readonly [Buffer, Buffer] {
    const before = atMs - this.#epochDays * msPerDay;
    return [this.of({ tenant, atMs }).bytes, this.of({ tenant, atMs: before }).bytes];
  }

  #make(epoch: number, tenant: string | undefined): RedactionKey {
    const name = JSON.stringify([this.#epochDays, epoch, tenant ?? null]);
    const bytes = Buffer.from(hkdfSync("sha256", this.#secret, "", `mcpgw tokens ${name}`, 32));
    const firstDay = new Date(epoch * this.#epochDays * msPerDay).toISOString().slice(0, 10);
    const digest = createHash("sha256").update("mcpgw key id").update(bytes).digest("hex");
    return { id: `${firstDay.replaceAll("-", "")}-${digest.slice(0, 8)}`, bytes };
  }
}
