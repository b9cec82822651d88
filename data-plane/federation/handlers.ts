import type { AgentRequest, Call, MessageRequest } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import type { Reply } from "../call/reply.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { type DeliveryOutcome, handleDelivery, handleStream } from "../gateway/handle-delivery.ts";
import { handleRequest } from "../gateway/handle-request.ts";
import { handleToolCall } from "../gateway/handle-tool-call.ts";
import { isObject } from "../mcp/json-rpc.ts";

/** What happens to an agent's requests, whether its route leads to one upstream or to several. */
export interface Handlers {
  handleCall(call: Call, reply: Reply): Promise<Outcome>;
  handleDelivery(request: MessageRequest | AgentRequest): Promise<DeliveryOutcome>;
  handleStream(request: AgentRequest, reply: Reply): Promise<DeliveryOutcome>;
}

/** The way to the one upstream that a request names: through every step of the gateway. */
export function directHandlers(gateway: Gateway): Handlers {
  return {
    handleCall: (call, reply) =>
      call.subject.kind === "tool"
        ? handleToolCall(withArguments(call), gateway, reply)
        : handleRequest(call, gateway, reply),
    handleDelivery: (request) => handleDelivery(request, gateway),
    handleStream: (request, reply) => handleStream(request, gateway, reply),
  };
}

function withArguments(call: Call) {
  const args = call.message.params?.["arguments"];
  return { ...call, tool: call.subject.name, arguments: isObject(args) ? args : {} };
}
