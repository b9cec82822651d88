import type { Redis } from "ioredis";
import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import type { ApprovalStore } from "../../core/approvals/approval-store.ts";
import type { AuditRecord } from "../../core/audit/record.ts";
import { redisKeys } from "../../core/redis/keys.ts";

/** What the agent of an approval did before. */
export interface AgentHistory {
  /** How many audit records were looked at. */
  readonly records: number;
  /** Its calls of this tool among them, by how they ended. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly otherCalls: number;
  /** The newest one like it whose call has succeeded. */
  readonly last?: ApprovalRecord;
}

/** So many of the newest audit records and approvals are looked at: an operator waits for this. */
const maxRecords = 2_000;

export async function findHistory(
  approval: ApprovalRecord,
  { redis, approvals }: { readonly redis: Redis; readonly approvals: ApprovalStore },
): Promise<AgentHistory> {
  const { id, agent, upstream, tool } = approval;
  const [entries, [last]] = await Promise.all([
    redis.xrevrange(redisKeys.auditStream, "+", "-", "COUNT", maxRecords),
    approvals.list({
      state: "succeeded",
      where: (it) =>
        it.id !== id && it.agent === agent && it.upstream === upstream && it.tool === tool,
      limit: 1,
      among: maxRecords,
    }),
  ]);
  const calls = entries.flatMap(([, fields]) => endedCallOf(fields, agent) ?? []);
  const ofTool = calls.filter((it) => it.upstream === upstream && it.tool === tool);
  const outcomes: Record<string, number> = {};
  for (const { outcome = "unknown" } of ofTool) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  return {
    records: entries.length,
    outcomes,
    otherCalls: calls.length - ofTool.length,
    ...(last && { last }),
  };
}

function endedCallOf(fields: readonly string[], agent: string): AuditRecord | undefined {
  const json = fields.find((_, index) => index % 2 === 1 && fields[index - 1] === "d") ?? "null";
  // Parsing is what costs: most records are of others.
  if (!json.includes(JSON.stringify(agent))) return undefined;
  const record = parseRecord(json);
  const isCall = record?.event === "call.outcome" && record.method === "tools/call";
  return isCall && record.agent === agent ? record : undefined;
}

/** What somebody else wrote into the stream must not keep operators from deciding. */
function parseRecord(json: string): AuditRecord | undefined {
  try {
    return (JSON.parse(json) as AuditRecord | null) ?? undefined;
  } catch {
    return undefined;
  }
}
