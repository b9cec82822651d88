import type { ScanSettings } from "../../core/policy/compiled-scanning.ts";

/** Takes out of values what must not be seen. */
export interface Redactor {
  /** Redactors of the same name do the same. */
  readonly name: string;
  /** The value as it may be shown. Never throws: of what cannot be looked through, its size and digest. */
  redact(value: unknown): unknown;
}

/** What is shown, and to whom. */
export interface Showing {
  /** What the policy may say of the call: what it takes out there is shown nowhere. */
  readonly scans: readonly ScanSettings[];
  /** "people" decide about the call: they see what they are to decide on. */
  readonly to: "record" | "people";
  /** Whether inspection made a copy, in which all tokens are our own. Else whatever looks like one is made to look otherwise. */
  readonly tokens?: "ours" | undefined;
}

export type RedactorFor = (showing: Showing) => Redactor;
