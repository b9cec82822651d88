export const approvalStates = [
  "pending",
  "approved",
  "denied",
  "expired",
  "cancelled",
  "executing",
  "succeeded",
  "failed",
  "indeterminate",
] as const;

export type ApprovalState = (typeof approvalStates)[number];

/** One operator's answer. Times are milliseconds since 1970, by Redis's clock. */
export interface ApprovalDecision {
  readonly operator: string;
  readonly approve: boolean;
  readonly reason: string;
  readonly decidedAt: number;
}

/** What a held call asks for. It never changes once the record is open. */
export interface ApprovalRequest {
  /** SHA-256 over what is asked, in hex. Deciding names it; identical calls attach by it. */
  readonly digest: string;
  readonly agent: string;
  readonly groups: readonly string[];
  readonly route: string;
  readonly upstream: string;
  readonly tool: string;
  /** JSON, redacted. */
  readonly arguments: string;
  readonly operations: readonly string[];
  readonly rule: string;
  readonly reason: string;
  /** The entry of the policy's `approvals`. */
  readonly approval: string;
  readonly approverGroups: readonly string[];
  readonly quorum: number;
  readonly requireReason: boolean;
  readonly policyVersion: number;
}

export interface NewApproval extends ApprovalRequest {
  readonly expiresAfterMs: number;
}

/** The durable record that a held call waits on. */
export interface ApprovalRecord extends ApprovalRequest {
  readonly id: string;
  readonly state: ApprovalState;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Oldest first. */
  readonly decisions: readonly ApprovalDecision[];
  /** The proxy that executes or executed the call. */
  readonly claimedBy?: string;
}

/** The hash of one approval, read from Redis. Undefined: there is no such record. */
export function parseApproval(
  id: string,
  fields: Readonly<Record<string, string>>,
): ApprovalRecord | undefined {
  const { request, state, claimedBy } = fields;
  if (request === undefined || !isApprovalState(state)) return undefined;
  return {
    ...(JSON.parse(request) as ApprovalRequest),
    id,
    state,
    createdAt: Number(fields["createdAtMs"]),
    expiresAt: Number(fields["expiresAtMs"]),
    decisions: parseDecisions(fields),
    ...(claimedBy === undefined ? {} : { claimedBy }),
  };
}

function isApprovalState(state: string | undefined): state is ApprovalState {
  return approvalStates.some((it) => it === state);
}

/** Each decision is a field `decision:<operator>`: "<number> <ms> <JSON>". The script never parses JSON. */
function parseDecisions(fields: Readonly<Record<string, string>>): ApprovalDecision[] {
  return Object.entries(fields)
    .filter(([field]) => field.startsWith("decision:"))
    .map(([, value]) => {
      const [, number, decidedAtMs, json = ""] = /^(\d+) (\d+) (.*)$/s.exec(value) ?? [];
      const decision = JSON.parse(json) as Omit<ApprovalDecision, "decidedAt">;
      return { number: Number(number), decision: { ...decision, decidedAt: Number(decidedAtMs) } };
    })
    .sort((one, other) => one.number - other.number)
    .map(({ decision }) => decision);
}
