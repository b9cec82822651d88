import type { AgentRequest } from "../../call/agent-request.ts";
import type { Reply } from "../../call/reply.ts";
import type { DeliveryOutcome } from "../../gateway/handle-delivery.ts";
import type { Member } from "../member.ts";
import { encodePositions, type Positions } from "../names/event-ids.ts";
import { keepOpen, type StreamEnd } from "./keep-open.ts";

/** An upstream that has not answered by now does not keep the agent from its stream. */
const openWithinMs = 500;

/**
 * Merges what all upstreams say on their own into the agent's stream (GET). Each event carries where every upstream
 * stands, so that the agent can go on at any proxy; an upstream whose stream ends is opened again.
 */
export async function mergeStreams(
  { signal }: AgentRequest,
  members: readonly Member[],
  { reply, from }: { readonly reply: Reply; readonly from: Positions },
): Promise<DeliveryOutcome> {
  const positions = new Map(from);
  let isOpen = false;
  const openReply = () => {
    isOpen = true;
    reply.openStream();
  };
  const timer = setTimeout(openReply, openWithinMs);
  const ends = await Promise.all(
    members.map(async (member) => {
      let last: DeliveryOutcome = { kind: "streamed" };
      const eventId = (id: string) => {
        positions.set(member.name, id);
        return encodePositions(positions);
      };
      const merged = withoutRetry({ openStream: openReply, send: (event) => reply.send(event) });
      const toAgent = member.replyTo(merged, eventId);
      await keepOpen(signal, async () => {
        last = await member.stream(toAgent, positions.get(member.name));
        return endOf(last);
      });
      return last;
    }),
  );
  clearTimeout(timer);
  return isOpen ? { kind: "streamed" } : (ends[0] ?? { kind: "streamed" });
}

/** An upstream that has no such stream, or that the policy keeps from this agent, is not asked again. */
function endOf(outcome: DeliveryOutcome): StreamEnd {
  if (outcome.kind === "delivered") return outcome.receipt.status === 405 ? "final" : "ended";
  return outcome.kind === "denied" || outcome.kind === "cancelled" ? "final" : "ended";
}

/** When an upstream wants to be asked again is between it and the gateway. */
function withoutRetry(reply: Reply): Reply {
  return {
    openStream: () => reply.openStream(),
    send: async ({ retry: _, ...event }) => {
      if (Object.keys(event).length > 0) await reply.send(event);
    },
  };
}
