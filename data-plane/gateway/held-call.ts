import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import type { ApproveDecision } from "../approvals/approval-request.ts";
import type { ExecutionRight } from "../approvals/execution-right.ts";
import type { WaitingState } from "../approvals/waiting-state.ts";
import type { ToolCall } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";

/** A call that people are asked about. */
export interface HeldCall {
  /** As the agent asked, which is what the policy judges. */
  readonly asked: ToolCall;
  /** As it would be sent, which is what an approval is bound to. */
  readonly sent: ToolCall;
  readonly decision: ApproveDecision;
  /** Whether the scanner or a flow asks for the decision, and no rule. */
  readonly byScanner: boolean;
  /** The approval of which this is the call. Absent: one is opened, or found, for it. */
  readonly approved?: ApprovalRecord;
  /** Of the round of waiting before this one. */
  readonly state: WaitingState | undefined;
}

export type Release =
  | {
      readonly kind: "released";
      readonly right: ExecutionRight;
      readonly record: ApprovalRecord;
      readonly keepOutcomeMs: number;
      /** Takes back what was counted for the call, when it is not made after all. */
      readonly refund: () => Promise<void>;
    }
  | { readonly kind: "ended"; readonly outcome: Outcome };
