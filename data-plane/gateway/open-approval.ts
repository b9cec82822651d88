import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import type { Call } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import { definitionHashOf, findMisfit } from "./approval-fit.ts";
import type { Way } from "./gateway.ts";
import type { HeldCall } from "./held-call.ts";

const maxSuperseded = 3;

/** The record of this call that fits what the policy and the tool say now. What fits no longer is superseded. */
export async function openFitting(
  held: HeldCall,
  shown: unknown,
  way: Way,
): Promise<{ readonly record: ApprovalRecord } | { readonly outcome: Outcome }> {
  const { gateway } = way;
  const { asked, sent, decision } = held;
  const definition = await definitionHashOf(sent, gateway);
  if ("outcome" in definition) return definition;
  const { hash: definitionHash, description } = definition;
  const findings = way.trail.findings.filter(({ direction }) => direction === "arguments");
  for (let attempt = 0; attempt < maxSuperseded; attempt += 1) {
    const seen = { shownArguments: shown, definitionHash, description, findings };
    const opened = await gateway.approvals.open(sent, decision, seen);
    if (opened.kind === "too-many") {
      return { outcome: { kind: "too-many-pending", scope: opened.scope } };
    }
    const record = opened.approval;
    noteApproval(way, record);
    const misfit =
      opened.kind === "attached" && isOpen(record)
        ? findMisfit(record, {
            approval: decision.approval,
            definitionHash,
            version: asked.config.version,
          })
        : undefined;
    if (misfit === undefined) {
      await noteOpening(held, record, way);
      return { record };
    }
    await supersede(held, { record, reason: misfit }, way);
  }
  return { outcome: { kind: "unavailable", reason: "the policy changes too often to ask people" } };
}

async function noteOpening({ asked, decision }: HeldCall, record: ApprovalRecord, way: Way) {
  const { gateway } = way;
  const { version } = asked.config;
  if (isOpen(record) && version > (record.confirmedVersion ?? record.policyVersion)) {
    await gateway.approvals.confirm(record.id, version);
  }
  if (!(await gateway.approvals.announce(record.id, decision.approval))) return;
  await gateway.audit.approval("approval.opened", asked, way.trail);
  gateway.log.info({ callId: asked.callId, approval: record.id, tool: asked.tool }, "held a call");
}

/** Ends an approval that fits no longer, and records it. */
export async function supersede(
  { asked }: { readonly asked: Call },
  { record, reason }: { readonly record: ApprovalRecord; readonly reason: string },
  way: Way,
): Promise<void> {
  if (!(await way.gateway.approvals.supersede(record.id, reason))) return;
  noteApproval(way, { ...record, state: "superseded" });
  await way.gateway.audit.approval("approval.superseded", asked, way.trail, reason);
}

/** Notes in the trail on which approval the call waits, and how that stands. */
export function noteApproval({ trail }: Way, record: ApprovalRecord): void {
  trail.approval = {
    id: record.id,
    state: record.state,
    approvers: record.decisions.filter(({ approve }) => approve).map(({ operator }) => operator),
  };
}

function isOpen({ state }: ApprovalRecord): boolean {
  return state === "pending" || state === "approved";
}
