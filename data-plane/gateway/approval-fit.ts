import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import type { CompiledApproval } from "../../core/policy/compiled-policy.ts";
import { consult } from "../../core/policy/decide.ts";
import type { ApproveDecision } from "../approvals/approval-request.ts";
import { factsOf, type ToolCall } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import type { RuntimeConfig } from "../config/runtime-config.ts";
import { heldApproval } from "./approval-ends.ts";
import type { Gateway } from "./gateway.ts";
import type { HeldCall } from "./held-call.ts";
import { toFailure } from "./to-failure.ts";

const otherDemand = "the policy now asks for another approval";
export const noDemand = "the policy asks for no approval any more";
const otherTool = "the tool is described otherwise than when it was asked";

/** Why an open record does not fit what is asked for by now. Undefined: it does. */
export function findMisfit(
  record: ApprovalRecord,
  now: {
    readonly approval: CompiledApproval;
    readonly definitionHash: string;
    readonly version: number;
  },
): string | undefined {
  if (record.definitionHash !== now.definitionHash) return otherTool;
  // A proxy that has not heard of the newest policy must not judge what was opened under it.
  if (isJudgedByNewer(record, now.version)) return undefined;
  const { quorum, approverGroups, requireReason } = now.approval;
  const isSame =
    record.quorum >= quorum &&
    record.requireReason === requireReason &&
    record.approverGroups.join("\0") === approverGroups.join("\0");
  return isSame ? undefined : otherDemand;
}

/** Whether a record was opened under, or compared with, a newer policy than this. */
export function isJudgedByNewer(record: ApprovalRecord, version: number): boolean {
  return (record.confirmedVersion ?? record.policyVersion) > version;
}

/**
 * What has changed while people thought: an approval does not make good what the policy denies now,
 * nor what it asks other or more people for, nor what an agent asked that may not call any more.
 */
export function findPolicyChange(
  { asked, byScanner, decision: held }: HeldCall,
  record: ApprovalRecord,
  gateway: Gateway,
): Outcome | undefined {
  if (!gateway.isCurrent(asked.principal)) {
    const reason = "what the agent logged in with was revoked or has expired meanwhile";
    return { kind: "denied", rule: undefined, reason };
  }
  const config = gateway.currentConfig() ?? asked.config;
  const { decision } = consult(config.policy, factsOf(asked, asked.subject, asked.arguments));
  if (decision.effect !== "approve") {
    const { effect, rule, reason } = decision;
    if (effect === "deny") return { kind: "denied", rule, reason };
    // What the scanner holds is what a rule allows: people decide on what it found.
    return record.state === "pending" && !byScanner ? superseded(record, noDemand) : undefined;
  }
  const { definitionHash } = record;
  const reason = findMisfit(record, {
    approval: approvalNow(held, decision, { config, byScanner }),
    definitionHash,
    version: config.version,
  });
  return reason === undefined ? undefined : superseded(record, reason);
}

/** Whom the policy of the moment asks, about a call for which a rule asks as well as what holds it. */
function approvalNow(
  held: ApproveDecision,
  byRule: ApproveDecision,
  { config, byScanner }: { readonly config: RuntimeConfig; readonly byScanner: boolean },
): CompiledApproval {
  const other = byScanner ? config.policy.approvals.get(held.approval.name) : undefined;
  return other && other.quorum > byRule.approval.quorum ? other : byRule.approval;
}

/** Whether the tool is the one that people were shown: its newest definition says so, not one that was remembered. */
export async function findToolChange(
  { sent }: HeldCall,
  record: ApprovalRecord,
  gateway: Gateway,
): Promise<Outcome | undefined> {
  const found = await definitionHashOf(sent, gateway, 0);
  if ("outcome" in found) return found.outcome;
  return found.hash === record.definitionHash ? undefined : superseded(record, otherTool);
}

/** The tool's definition as SHA-256, and what it says of itself; both empty when its upstream does not list it. */
export async function definitionHashOf(
  call: ToolCall,
  gateway: Gateway,
  maxAgeMs?: number,
): Promise<
  { readonly hash: string; readonly description: string } | { readonly outcome: Outcome }
> {
  try {
    const found = await gateway.catalog.find(
      call,
      call.tool,
      maxAgeMs === undefined ? {} : { maxAgeMs },
    );
    if (found.kind !== "found") return { hash: "", description: "" };
    const { listed } = found.tool;
    const { description } = listed;
    const hash = gateway.approvals.hashDefinition(listed);
    return { hash, description: typeof description === "string" ? description : "" };
  } catch (error) {
    return { outcome: toFailure(error, call, gateway.log) };
  }
}

/** The end of an approval that fits no longer. */
export function superseded(record: ApprovalRecord, reason: string): Outcome {
  const approval = { ...heldApproval(record), state: "superseded" };
  return { kind: "approval-superseded", approval, reason };
}
