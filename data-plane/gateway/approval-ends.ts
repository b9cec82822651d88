import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import type { Call } from "../call/agent-request.ts";
import type { HeldApproval, Outcome } from "../call/outcome.ts";
import { toAnswer } from "../call/stored-outcome.ts";
import type { Gateway } from "./gateway.ts";

/** Tells an agent how an approval ended, and notes that it was told. */
export async function tellEnd(
  call: Pick<Call, "message">,
  record: ApprovalRecord,
  gateway: Gateway,
): Promise<Outcome> {
  const approval = heldApproval(record);
  switch (record.state) {
    case "denied": {
      const decision = record.decisions.find(({ approve }) => !approve);
      await gateway.approvals.told(record.id);
      const { operator: by = "", reason = "" } = decision ?? {};
      return { kind: "approval-denied", approval, by, reason };
    }
    case "revoked": {
      await gateway.approvals.told(record.id);
      const by = record.edges.at(-1)?.by ?? "";
      return { kind: "approval-revoked", approval, by, reason: record.endReason ?? "" };
    }
    case "superseded":
      return { kind: "approval-superseded", approval, reason: record.endReason ?? "" };
    case "cancelled":
      return { kind: "cancelled" };
    case "succeeded":
    case "failed":
    case "indeterminate":
      return await tellOutcome(call, record, gateway);
    default:
      return { kind: "approval-expired", approval };
  }
}

export function heldApproval({
  id,
  state,
  expiresAt,
  approverGroups,
}: ApprovalRecord): HeldApproval {
  return { id, state, expiresAt, approverGroups };
}

/** What is kept of a call that ran: it is never run again for an identical one. */
async function tellOutcome(
  { message }: Pick<Call, "message">,
  record: ApprovalRecord,
  gateway: Gateway,
): Promise<Outcome> {
  const { id, state, settledAs, endReason, endedAt = 0 } = record;
  const kept = await gateway.approvals.kept(id);
  if (kept?.kind === "message") {
    const ranAt = new Date(endedAt).toISOString();
    const about = { id, state, ...(settledAs && { settledAs }), stored: true, ranAt };
    return { kind: "answered", answer: toAnswer(kept.message, message.id, about), stored: true };
  }
  if (kept?.kind === "outcome") return kept.outcome;
  const approval = heldApproval(record);
  if (kept?.kind === "too-large") {
    const reason = `its answer has ${kept.bytes} characters, too many to be kept`;
    return { kind: "approval-spent", approval, reason };
  }
  if (state === "indeterminate" && settledAs === undefined) {
    const reason = "whether the upstream acted is not known: check before you ask for it again";
    return { kind: "approval-spent", approval, reason };
  }
  const reason = endReason ?? "its answer went to the request that ran it and was not kept";
  return { kind: "approval-spent", approval, reason };
}
