import type { HeldApproval, Outcome } from "../call/outcome.ts";
import { describeQuarantine } from "./describe-quarantine.ts";
import { gatewayCodes, type Refusal, sentence } from "./refusal.ts";

/** Outcomes that are results rather than errors: models read results, and these ask them to act. */
export type ForModels = Extract<
  Outcome,
  { kind: "pending" | "too-many-pending" | "approval-spent" | "quarantined" }
>;

const forModels: ReadonlySet<string> = new Set<ForModels["kind"]>([
  "pending",
  "too-many-pending",
  "approval-spent",
  "quarantined",
]);

export function isForModels(outcome: Outcome): outcome is ForModels {
  const { kind } = outcome;
  return forModels.has(kind);
}

/** The result of a call that did not run, or of which only this is known. */
export function resultForModel(outcome: ForModels): object {
  if (outcome.kind === "pending" && outcome.requestState !== undefined) {
    return { resultType: "input_required", requestState: outcome.requestState };
  }
  return {
    content: [{ type: "text", text: wordsFor(outcome) }],
    isError: true,
    ...("approval" in outcome && { _meta: { "mcpgateway/approval": about(outcome.approval) } }),
  };
}

function about({ id, state, expiresAt }: HeldApproval) {
  return { id, state, expiresAt: new Date(expiresAt).toISOString() };
}

function wordsFor(outcome: ForModels): string {
  if (outcome.kind === "quarantined") return describeQuarantine(outcome);
  if (outcome.kind === "too-many-pending") return tooMany(outcome.scope);
  const { id, state } = outcome.approval;
  if (outcome.kind === "approval-spent") return spent(id, state, outcome.reason);
  if (state === "executing" || state === "approved") {
    return (
      `Approval ${id} was given and this call is running. ` +
      "Repeat exactly the same call to get its result: it runs only once."
    );
  }
  return waiting(outcome.approval);
}

/** How the call of a task stands. */
export function waitingWords({ id, state, expiresAt, approverGroups }: HeldApproval): string {
  if (state === "executing") return `Approval ${id} was given and this call is running.`;
  if (state === "approved") return `Approval ${id} was given: the next poll makes this call.`;
  const until = new Date(expiresAt).toISOString();
  return `Waits for approval ${id} by ${whoOf(approverGroups)} until ${until}. Approvers type: mcpctl approve ${id}`;
}

function whoOf(groups: readonly string[]): string {
  return groups.length > 0 ? `the group ${groups.join(" or ")}` : "an operator";
}

function waiting({ id, expiresAt, approverGroups }: HeldApproval): string {
  const until = new Date(expiresAt).toISOString();
  const who = whoOf(approverGroups);
  return (
    `This call has not run yet: it waits for approval ${id} by ${who} until ${until}. ` +
    "Repeat exactly the same call to go on waiting; once approved, the repeated call runs. " +
    `The approver can type: mcpctl approve ${id}`
  );
}

function tooMany(scope: "agent" | "all"): string {
  const whose = scope === "agent" ? "your calls wait" : "calls of all agents wait";
  return (
    `This call has not run, and nobody was asked to approve it: too many of ${whose} for approval already. ` +
    "Wait until some of them are decided, then repeat the call. Do not ask for more in the meantime."
  );
}

function spent(id: string, state: string, reason: string): string {
  const how: Readonly<Record<string, string>> = {
    succeeded: "ran and succeeded",
    failed: "failed",
    indeterminate: "was begun, and how it ended is not known",
  };
  return (
    `This call was approved (${id}) and ${how[state] ?? `is ${state}`}: ${sentence(reason)} ` +
    "It is not run again for an identical call."
  );
}

type ApprovalEnd = Extract<
  Outcome,
  {
    kind: "approval-denied" | "approval-revoked" | "approval-expired" | "approval-superseded";
  }
>;

/** Tells why an approval did not let its call run. */
export function describeApprovalEnd(outcome: ApprovalEnd): Refusal {
  const { kind } = outcome;
  const { id, state } = outcome.approval;
  const data = { kind, approval: id };
  switch (kind) {
    case "approval-expired": {
      const why =
        state === "lapsed"
          ? "it was approved, and no identical call came in time to run"
          : "nobody approved in time";
      const message = `Approval ${id} is over: ${why}. The call did not run. Repeat the call to ask again.`;
      return { status: 200, code: gatewayCodes.approvalExpired, message, data };
    }
    case "approval-superseded": {
      const { reason } = outcome;
      const message = `Approval ${id} no longer applies: ${sentence(reason)} The call did not run. Repeat the call to go on.`;
      const code = gatewayCodes.approvalSuperseded;
      return { status: 200, code, message, data: { ...data, reason } };
    }
    default: {
      const { by, reason } = outcome;
      const what = kind === "approval-denied" ? "denied" : "taken back";
      const message = `Approval ${id} was ${what} by ${by}: ${sentence(reason)} Do not repeat the call unchanged.`;
      const code = gatewayCodes.approvalDenied;
      return { status: 200, code, message, data: { ...data, by, reason } };
    }
  }
}
