import type { Answer } from "../../call/outcome.ts";
import { isObject, jsonRpcCodes } from "../../mcp/json-rpc.ts";
import type { Way } from "./way.ts";

/** Whether an answer means that the upstream knows nothing of the session, or speaks another era by now. */
export function isLost(answer: Answer, { era }: Pick<Way, "era">): boolean {
  if (answer.via !== "json" || answer.status < 400) return false;
  const error = isObject(answer.message) ? answer.message["error"] : undefined;
  const { code, message } = isObject(error) ? error : { code: undefined, message: undefined };
  if (era === "modern") {
    return answer.status === 400 && (code === -32_000 || code === jsonRpcCodes.unsupportedVersion);
  }
  const speaksOfSession = typeof message === "string" && /session|initializ/i.test(message);
  return answer.status === 404 || (answer.status === 400 && speaksOfSession);
}
