/**
 * The gateway's own JSON-RPC error codes. They stay outside of -32768…-32000, which JSON-RPC and MCP reserve.
 * Read them as an HTTP status with one digit more.
 */
export const gatewayCodes = {
  denied: 4030,
  approvalDenied: 4031,
  approvalExpired: 4032,
  insufficientScope: 4033,
  approvalSuperseded: 4034,
  blocked: 4220,
  rateLimited: 4290,
  cancelled: 4990,
  crashed: 5000,
  upstreamFailed: 5020,
  unavailable: 5030,
  timedOut: 5040,
} as const;

export interface Refusal {
  readonly status: number;
  readonly code: number;
  /** For a model: what happened, and what it can do. */
  readonly message: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** People end their reasons with a full stop, or not. */
export function sentence(reason: string): string {
  return /[.!?…]$/.test(reason) ? reason : `${reason}.`;
}
