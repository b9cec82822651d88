import type { ServerResponse } from "node:http";
import { jsonRpcCodes } from "../../mcp/json-rpc.ts";

/** A JSON-RPC error as one line. */
export function errorLine(
  id: unknown,
  message: string,
  code: number = jsonRpcCodes.internalError,
): string {
  return JSON.stringify({ jsonrpc: "2.0", id: id ?? null, error: { code, message } });
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
