import type { AuditEntry } from "./record.ts";

/** Something that was refused before it became a call or an act. */
export interface Refusal extends Pick<AuditEntry, "agent" | "operator" | "route"> {
  readonly event: "login.refused" | "request.refused";
  readonly clientAddress: string;
  readonly reason: string;
  /** What was asked for, where it names nothing that exists: of refusals that are otherwise the same only the first tells it. */
  readonly path?: string;
}

/** More different refusals than this in one period are counted together. */
const maxKinds = 1_000;

/**
 * Records refusals: the first of each kind at once, its repeats as one record with a count
 * when {@link flush} is called. Whoever guesses keys cannot flood the audit stream.
 */
export class RefusalLog {
  readonly #write: (entry: AuditEntry) => Promise<void>;
  #kinds = new Map<string, { readonly refusal: Refusal; count: number }>();

  /** What it is given to write with never rejects: it keeps, or counts, what cannot be written now. */
  constructor(write: (entry: AuditEntry) => Promise<void>) {
    this.#write = write;
  }

  add(refusal: Refusal): void {
    const { event, clientAddress, reason, agent, operator, route } = refusal;
    const kind = JSON.stringify([event, clientAddress, reason, agent, operator, route]);
    const known = this.#kinds.get(kind);
    if (known) known.count += 1;
    else if (this.#kinds.size < maxKinds) {
      const { path: _, ...repeated } = refusal;
      this.#kinds.set(kind, { refusal: repeated, count: 0 });
      void this.#record(refusal, 1);
    } else this.#addToRest(event);
  }

  /** Writes the repeats since the last call. Call it once per period. */
  async flush(): Promise<void> {
    const repeated = [...this.#kinds.values()].filter(({ count }) => count > 0);
    this.#kinds = new Map();
    await Promise.all(repeated.map(({ refusal, count }) => this.#record(refusal, count)));
  }

  #addToRest(event: Refusal["event"]): void {
    const rest = this.#kinds.get("rest");
    const reason = "many kinds of refusals, counted together";
    if (rest) rest.count += 1;
    else this.#kinds.set("rest", { refusal: { event, clientAddress: "", reason }, count: 1 });
  }

  #record({ reason, path, ...who }: Refusal, count: number): Promise<void> {
    const details = { reason, count: String(count), ...(path !== undefined && { path }) };
    return this.#write({ ...who, outcome: "refused", error: { message: reason }, details });
  }
}
