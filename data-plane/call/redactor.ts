import type { ScanSettings } from "../../core/policy/compiled-scanning.ts";
import type { AgentRequest } from "./agent-request.ts";

/** Whose tokens are made, and for when: each tenant has another key in each epoch. */
export interface RedactionScope {
  readonly tenant: string | undefined;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

/** All that one request leaves behind has the tokens of the time at which it came. */
export function redactionScopeOf({
  principal,
  receivedAt,
}: Pick<AgentRequest, "principal" | "receivedAt">): RedactionScope {
  return { tenant: principal.tenant, atMs: receivedAt };
}

/** Takes out of values what must not be seen. */
export interface Redactor {
  /** Redactors of the same name do the same. */
  readonly name: string;
  /** Id of the key that tokens are made with. */
  readonly keyId: string;
  /** The value as it may be shown. Never throws: of what cannot be looked through, its size and digest. */
  redact(value: unknown): unknown;
}

/** What is shown, and to whom. */
export interface Showing {
  /** What the policy may say of the call: what it takes out there is shown nowhere. */
  readonly scans: readonly ScanSettings[];
  /** "people" decide about the call: they see what they are to decide on. */
  /** Default: of no tenant, now. */
  readonly scope?: RedactionScope;
  readonly to: "record" | "people";
  /** Whether inspection made a copy, in which all tokens are our own. Else whatever looks like one is made to look otherwise. */
  readonly tokens?: "ours" | undefined;
}

export type RedactorFor = (showing: Showing) => Redactor;
