import type { MessageRequest } from "../call/agent-request.ts";
import { isRequest, type ProtocolError } from "../mcp/json-rpc.ts";
import { gatewayCodes } from "./refusal.ts";

/**
 * The refusal of a message that holds what its agent logged in with: it would go upstream.
 * Escapes hide nothing: what was parsed is searched where there are any.
 */
export function findOwnCredential({
  token,
  body,
  message,
}: MessageRequest): ProtocolError | undefined {
  if (!token) return undefined;
  const secret = token.reveal();
  const isThere =
    body.includes(secret) || (body.includes("\\u") && JSON.stringify(message).includes(secret));
  if (!isThere) return undefined;
  return {
    status: 400,
    code: gatewayCodes.blocked,
    message:
      "Blocked by the gateway: the message holds the credential that you logged in with. " +
      "Send it nowhere but in the Authorization header.",
    ...(isRequest(message) && { id: message.id }),
  };
}
