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
  "superseded",
  "lapsed",
  "revoked",
] as const;

export type ApprovalState = (typeof approvalStates)[number];

/** How an execution may end. */
export type ExecutionEnd = "succeeded" | "failed" | "indeterminate";

/** One operator's answer. Times are milliseconds since 1970, by Redis's clock. */
export interface ApprovalDecision {
  readonly operator: string;
  readonly approve: boolean;
  readonly reason: string;
  readonly decidedAt: number;
  /** Whether it approved alone, whatever the quorum. */
  readonly breakGlass?: boolean;
}

/** What somebody else says, afterwards, of what one operator alone has approved. */
export interface ApprovalReview {
  readonly operator: string;
  readonly reason: string;
  readonly reviewedAt: number;
}

/** One change of the state. */
export interface ApprovalEdge {
  readonly state: ApprovalState;
  readonly at: number;
  /** The agent, the operator or the proxy that made it; "clock" when time did. */
  readonly by: string;
}

/** What a held call asks for. It never changes once the record is open. */
export interface ApprovalRequest {
  /** SHA-256 over all that is asked and bound, in hex. Deciding names it. */
  readonly digest: string;
  /** SHA-256 over the call alone, in hex, whatever the policy: identical calls attach by it. */
  readonly identity: string;
  readonly agent: string;
  readonly groups: readonly string[];
  readonly route: string;
  readonly upstream: string;
  readonly tool: string;
  /** SHA-256 over the tool's definition when it was asked, in hex. Empty: its upstream does not list it. */
  readonly definitionHash: string;
  /** What the upstream says of the tool; its beginning. Absent: nothing. */
  readonly toolDescription?: string;
  /** What the scanner found in the arguments, the first of it, in words. Absent: nothing. */
  readonly findings?: readonly string[];
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
  /** From approval until it lapses. */
  readonly executeWithinMs: number;
  /** For how long identical calls get the outcome instead of asking anew. */
  readonly keepOutcomeMs: number;
}

export interface NewApproval extends ApprovalRequest {
  readonly expiresAfterMs: number;
  /** How many approvals of this agent may be pending. */
  readonly maxPending: number;
}

/** The durable record that a held call waits on. */
export interface ApprovalRecord extends ApprovalRequest {
  readonly id: string;
  readonly state: ApprovalState;
  readonly createdAt: number;
  /** When it is too late to decide. */
  readonly expiresAt: number;
  /** When an approved call is too late to begin. Absent until it is approved. */
  readonly executeBy?: number;
  readonly endedAt?: number;
  /** Why it was cancelled, superseded or revoked, or why its execution failed. */
  readonly endReason?: string;
  /** Oldest first. */
  readonly decisions: readonly ApprovalDecision[];
  /** Every change of the state, oldest first. */
  readonly edges: readonly ApprovalEdge[];
  /** The latest policy version that was found to ask for the same; later than `policyVersion` when there was a push. */
  readonly confirmedVersion?: number;
  /** The proxy that executes or executed the call. */
  readonly claimedBy?: string;
  /** What an execution that was given up as indeterminate turned out to be, when its proxy came back. */
  readonly settledAs?: ExecutionEnd;
  /** The operator who approved alone. Absent: nobody did. */
  readonly breakGlass?: string;
  readonly review?: ApprovalReview;
  /** How often somebody waited in vain. */
  readonly waits: number;
}

/** The hash of one approval, read from Redis. Undefined: there is no such record. */
export function parseApproval(
  id: string,
  fields: Readonly<Record<string, string>>,
): ApprovalRecord | undefined {
  const { request, state, claimedBy, endReason, settledAs, breakGlass } = fields;
  const review = parseReview(fields["review"]);
  if (request === undefined || !isApprovalState(state)) return undefined;
  const executeBy = numberIn(fields, "executeByMs");
  const endedAt = numberIn(fields, "endedAtMs");
  const confirmedVersion = numberIn(fields, "confirmedVersion");
  return {
    ...(JSON.parse(request) as ApprovalRequest),
    id,
    state,
    createdAt: Number(fields["createdAtMs"]),
    expiresAt: Number(fields["expiresAtMs"]),
    ...(executeBy !== undefined && { executeBy }),
    ...(endedAt !== undefined && { endedAt }),
    ...(endReason !== undefined && { endReason }),
    decisions: parseDecisions(fields),
    edges: parseEdges(fields["edges"] ?? ""),
    ...(confirmedVersion !== undefined && { confirmedVersion }),
    ...(claimedBy !== undefined && { claimedBy }),
    ...(settledAs !== undefined && { settledAs: settledAs as ExecutionEnd }),
    ...(breakGlass !== undefined && { breakGlass }),
    ...(review && { review }),
    waits: numberIn(fields, "waits") ?? 0,
  };
}

function numberIn(fields: Readonly<Record<string, string>>, name: string): number | undefined {
  const value = fields[name];
  return value === undefined ? undefined : Number(value);
}

/** "<ms> <JSON>". */
function parseReview(value: string | undefined): ApprovalReview | undefined {
  const [, at, json = ""] = /^(\d+) (.*)$/s.exec(value ?? "") ?? [];
  if (at === undefined) return undefined;
  return { ...(JSON.parse(json) as Omit<ApprovalReview, "reviewedAt">), reviewedAt: Number(at) };
}

function isApprovalState(state: string | undefined): state is ApprovalState {
  return approvalStates.some((it) => it === state);
}

/** One line each: "<state> <ms> <by whom>". */
function parseEdges(lines: string): ApprovalEdge[] {
  return lines.split("\n").flatMap((line) => {
    const [, state, at, by = ""] = /^(\S+) (\d+) (.*)$/.exec(line) ?? [];
    return isApprovalState(state) ? [{ state, at: Number(at), by }] : [];
  });
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
