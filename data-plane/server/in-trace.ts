import type { AgentRequest, MessageRequest } from "../call/agent-request.ts";
import { beginTrace, findTrace } from "../mcp/trace-context.ts";

/** A request that names no trace begins one, which goes upstream with it. */
export function inTrace<Request extends AgentRequest & Partial<Pick<MessageRequest, "message">>>(
  request: Request,
): Request {
  const { headers, message } = request;
  if (findTrace(headers, message && "params" in message ? message.params : undefined)) {
    return request;
  }
  const { tracestate: _, ...others } = headers;
  const { traceId, traceparent } = beginTrace();
  return { ...request, traceId, headers: { ...others, traceparent } };
}
