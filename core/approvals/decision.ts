import type { ApprovalRecord } from "./approval-record.ts";

/** One operator's answer to a held call. */
export interface Decision {
  readonly operator: string;
  readonly approve: boolean;
  readonly reason: string;
  /** Of the record that was shown to the operator. */
  readonly digest: string;
  /** How many denials end it. Default 1. */
  readonly denialsNeeded?: number;
  /** Approve alone, whatever the quorum; somebody else reviews it afterwards. */
  readonly breakGlass?: boolean;
}

export type ReviewResult = "moved" | "own" | "already" | "refused";

export type DecideResult =
  | { readonly kind: "recorded"; readonly approval: ApprovalRecord }
  | { readonly kind: "not-found" }
  /** It ended otherwise before. */
  | { readonly kind: "already"; readonly approval: ApprovalRecord }
  | { readonly kind: "expired"; readonly approval: ApprovalRecord }
  | { readonly kind: "digest-differs"; readonly approval: ApprovalRecord };
