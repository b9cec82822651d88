import type { CallLabel, FlowEvidenceName, FlowLabelName, SessionLabel } from "./flow-labels.ts";
import type { Matcher } from "./match.ts";

/** What may not come together in one session. */
export interface CompiledFlow {
  readonly name: string;
  /** All of them. */
  readonly when: readonly FlowLabelName[];
  /** One of them. Empty: whatever the arguments hold. */
  readonly carries: readonly FlowEvidenceName[];
  readonly matcher: Matcher;
  readonly action: "allow" | "log" | "approve" | "block";
  /** The policy's approval that decides. Set exactly when the action is "approve". */
  readonly approval?: string;
  readonly mode: "enforce" | "monitor";
  readonly reason: string;
}

/** What the operator says of what some calls do. */
export interface CompiledLabelling {
  readonly matcher: Matcher;
  readonly labels: readonly CallLabel[];
  readonly not: readonly CallLabel[];
}

export interface CompiledFlows {
  readonly flows: readonly CompiledFlow[];
  readonly labels: readonly CompiledLabelling[];
  readonly taintPer: "agent" | "session";
  readonly taintForMs: number;
  /** What any of the flows asks for: nothing else is remembered. */
  readonly remembers: ReadonlySet<SessionLabel>;
  /** What is traced: passages and secrets of private results; who said a name first. */
  readonly traces: { readonly private: boolean; readonly names: boolean };
  /** Whether any of them holds or blocks: then what cannot be known or noted is refused. */
  readonly enforces: boolean;
}

/** The flows that one call may complete, and what the operator says of it. */
export interface FlowRuling {
  /** Those that match the call. */
  readonly flows: readonly CompiledFlow[];
  readonly labels: readonly CallLabel[];
  readonly not: readonly CallLabel[];
}

export const noFlows: FlowRuling = { flows: [], labels: [], not: [] };
