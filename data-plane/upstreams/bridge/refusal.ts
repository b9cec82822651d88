import type { ServerResponse } from "node:http";
import { jsonRpcCodes } from "../../mcp/json-rpc.ts";

/** Why no server can be had now. */
export interface Refusal {
  readonly kind: "crashing" | "agent-full" | "full" | "misconfigured";
  readonly retryAfterMs: number;
  /** For the agent. */
  readonly message: string;
}

/**
 * What one agent ran into is no failure of the upstream: an answer of 500 and above would open the breaker,
 * and that is for all agents.
 */
export const tryLater = 429;

export function isRefusal(value: object): value is Refusal {
  return "retryAfterMs" in value;
}

/** A JSON-RPC error as one line. */
export function errorLine(
  id: unknown,
  message: string,
  code: number = jsonRpcCodes.internalError,
): string {
  return JSON.stringify({ jsonrpc: "2.0", id: id ?? null, error: { code, message } });
}

/** To the agent, of a request that the server never saw. */
export function notReading(upstream: string): string {
  return `the server ${upstream} is busy and did not read this request, so nothing was done: try again later`;
}

/** To the agent, of a request that its server did not answer. */
export function endedEarly(upstream: string, reason: string): string {
  return `the server ${upstream} ${reason} before it answered: what was asked may have been done or not`;
}

/** Answers a request that no server sees. */
export function refuse(
  response: ServerResponse,
  status: number,
  message: string,
  {
    id,
    code = jsonRpcCodes.invalidRequest,
  }: { readonly id?: unknown; readonly code?: number } = {},
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { "content-type": "application/json" });
  response.end(errorLine(id, message, code));
}

/** Answers a request for which there is no server now. */
export function refuseForNow(response: ServerResponse, refusal: Refusal, id: unknown): void {
  if (response.headersSent || response.destroyed) return;
  response.setHeader("retry-after", String(Math.ceil(refusal.retryAfterMs / 1_000)));
  refuse(response, tryLater, refusal.message, { id, code: jsonRpcCodes.internalError });
}
