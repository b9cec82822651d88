import type { TextSettings } from "./text-detectors.ts";

/** Longer keys are no names. */
const longest = 64;
const most = 4_096;

/** Names of fields in which there was nothing: rows and calls have the same ones again and again. */
export class QuietKeys {
  readonly #keys = new Set<string>();

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Forgets all of them where they are too many. */
  add(key: string): void {
    if (key.length > longest) return;
    if (this.#keys.size >= most) this.#keys.clear();
    this.#keys.add(key);
  }
}

/** Those of each tenant, by its key, so that none can tell by the time what others have; and of all that is looked for in them. */
export class KnownQuietKeys {
  readonly #known = new WeakMap<TextSettings, WeakMap<Buffer, QuietKeys>>();

  of(settings: TextSettings, redactionKey: Buffer): QuietKeys {
    let ofTenants = this.#known.get(settings);
    if (!ofTenants) {
      ofTenants = new WeakMap();
      this.#known.set(settings, ofTenants);
    }
    let keys = ofTenants.get(redactionKey);
    if (!keys) {
      keys = new QuietKeys();
      ofTenants.set(redactionKey, keys);
    }
    return keys;
  }
}
