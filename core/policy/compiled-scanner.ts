import type { CompiledTls, NamedSecret, NetworkName } from "./compiled-sources.ts";

/** What a scanner outside of the gateway may ask for, from the mildest to the strictest. */
export type ExternalActionName = "log" | "redact" | "approve" | "block";

export type SeverityName = "low" | "medium" | "high" | "critical";

export type ScannerInputName = "arguments" | "results" | "definitions";

/** A scanner that is asked over HTTP. */
export interface CompiledScanner {
  readonly name: string;
  readonly url: string;
  readonly on: ReadonlySet<ScannerInputName>;
  /** Whether it is asked only where another detector found a sign. */
  readonly onlySuspicious: boolean;
  /** For one message, whatever happens. */
  readonly timeoutMs: number;
  readonly whenUnavailable: "block" | "allow" | "approve";
  readonly maxAction: ExternalActionName;
  /** Those that are named count in place of what the scanner asks for. */
  readonly actions: ReadonlyMap<SeverityName, ExternalActionName>;
  /** The header in lower case. */
  readonly credentials?: { readonly header: string; readonly value: NamedSecret };
  readonly signWith?: NamedSecret;
  readonly tls?: CompiledTls;
  readonly network: NetworkName;
  /** Of a request. */
  readonly maxBytes: number;
  readonly maxConcurrent: number;
  readonly circuitBreaker: { readonly failures: number; readonly openForMs: number };
}
