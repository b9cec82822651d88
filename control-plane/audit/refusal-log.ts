import type { AuditWriter } from "../../core/audit/audit-writer.ts";
import type { Logger } from "../../core/service/log.ts";

/** Somebody who was not let in. */
export interface Refusal {
  readonly clientAddress: string;
  readonly reason: string;
  readonly operator?: string;
}

interface Repeats {
  readonly refusal: Refusal;
  count: number;
}

/** More different refusals than this in one period are counted together. */
const maxKinds = 1_000;

/**
 * Records refused logins as `login.refused`: the first of each kind at once, its repeats as one record
 * with a count when {@link flush} is called. Whoever guesses tokens cannot flood the audit stream.
 */
export class RefusalLog {
  readonly #audit: AuditWriter;
  readonly #log: Logger;
  #kinds = new Map<string, Repeats>();

  constructor(options: { readonly audit: AuditWriter; readonly log: Logger }) {
    this.#audit = options.audit;
    this.#log = options.log;
  }

  add(refusal: Refusal): void {
    const { clientAddress, reason, operator } = refusal;
    const kind = JSON.stringify([clientAddress, reason, operator]);
    const known = this.#kinds.get(kind);
    if (known) known.count += 1;
    else if (this.#kinds.size < maxKinds) this.#addFirst(kind, refusal);
    else this.#addToRest();
  }

  /** Writes the repeats since the last call. Call it once per period. */
  async flush(): Promise<void> {
    const repeated = [...this.#kinds.values()].filter(({ count }) => count > 0);
    this.#kinds = new Map();
    await Promise.all(repeated.map(({ refusal, count }) => this.#write(refusal, count)));
  }

  #addFirst(kind: string, refusal: Refusal): void {
    this.#kinds.set(kind, { refusal, count: 0 });
    void this.#write(refusal, 1);
  }

  #addToRest(): void {
    const refusal = { clientAddress: "", reason: "many kinds of refusals, counted together" };
    const rest = this.#kinds.get("rest");
    if (rest) rest.count += 1;
    else this.#kinds.set("rest", { refusal, count: 1 });
  }

  async #write(refusal: Refusal, count: number): Promise<void> {
    const { reason, ...who } = refusal;
    this.#log.warn({ ...refusal, count }, "refused a login");
    try {
      await this.#audit.write({
        event: "login.refused",
        ...who,
        details: { reason, count: String(count) },
      });
    } catch (error) {
      this.#log.error({ err: error, ...refusal, count }, "a refused login could not be recorded");
    }
  }
}
