import type { Answer } from "../../call/outcome.ts";
import { jsonRpcCodes, type RequestId } from "../../mcp/json-rpc.ts";
import type { Receipt } from "../receipt.ts";

/** What a server of Streamable HTTP says in place of an answer (MCP 2025-11-25, session management). */
export interface Refusal {
  readonly status: number;
  readonly code: number;
  readonly message: string;
}

/** Clients of both eras take it as: begin with `initialize`. */
export const sessionMissing: Refusal = {
  status: 400,
  code: jsonRpcCodes.invalidRequest,
  message: "Bad Request: initialize first, then send Mcp-Session-Id",
};

/** Clients then begin a new session. */
export const sessionEnded: Refusal = {
  status: 404,
  code: jsonRpcCodes.sessionNotFound,
  message: "Session not found",
};

export const idInUse: Refusal = {
  status: 400,
  code: jsonRpcCodes.invalidRequest,
  message: "another request with this id is under way in this session",
};

export function refusedAnswer(refusal: Refusal, id: RequestId): Answer {
  const { status, code, message } = refusal;
  const answer = { jsonrpc: "2.0", id, error: { code, message } };
  const body = Buffer.from(JSON.stringify(answer));
  return { via: "json", status, headers: {}, body, message: answer };
}

export function refusedReceipt({ status, code, message }: Refusal): Receipt {
  const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: null, error: { code, message } }));
  return { status, headers: {}, body, contentType: "application/json" };
}
