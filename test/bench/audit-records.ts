import type { Redis } from "ioredis";
import { newCallId } from "../../core/audit/call-id.ts";
import { RecordChain } from "../../core/audit/chain/record-chain.ts";
import { redisKeys } from "../../core/redis/keys.ts";

const outcomes = ["answered", "answered", "answered", "tool-error", "denied", "blocked"];

/** Fills the stream with calls of about a kilobyte each, a millisecond apart. Resolves to the id of the last call. */
export async function fillStream(redis: Redis, count: number): Promise<string> {
  const startMs = Date.now() - count;
  let index = 0;
  const chain = new RecordChain({ producer: "proxy-1", now: () => startMs + index });
  let callId = "";
  while (index < count) {
    const pipeline = redis.pipeline();
    for (const end = Math.min(count, index + 1_000); index < end; index += 1) {
      callId = index >= count - 1 ? newCallId() : `call-${index}`;
      const { id, bootId, sequence, text } = chain.add({
        event: "call.outcome",
        callId,
        agent: `agent-${index % 100}`,
        groups: ["bots"],
        clientAddress: "10.0.0.1",
        era: "modern",
        route: "/mcp",
        upstream: "ledger",
        method: "tools/call",
        tool: `tool-${index % 37}`,
        operations: ["write-money"],
        arguments: { account: `DE${index}`, note: "x".repeat(300) },
        outcome: outcomes[index % outcomes.length] ?? "",
        decision: { effect: "allow", rule: `rule-${index % 11}`, reason: "", policyVersion: 7 },
        durationsMs: { total: 12.5 },
        requestBytes: 400,
        responseBytes: 900,
      });
      const place = ["p", "proxy-1", "b", bootId, "s", String(sequence)];
      pipeline.xadd(redisKeys.auditStream, `${startMs + index}-*`, "id", id, "d", text, ...place);
    }
    await pipeline.exec();
  }
  return callId;
}
