import type { CompiledFlow } from "../../core/policy/compiled-flows.ts";
import type { CompiledApproval } from "../../core/policy/compiled-policy.ts";
import type { Finding } from "../call/finding.ts";
import type { WithheldText } from "../call/without-secrets.ts";
import { describeFlow, findingsOf } from "./evidence.ts";
import type { Known } from "./find-flows.ts";
import { type FlowRequest, ownerOf } from "./flow-request.ts";

interface Told {
  readonly findings: readonly Finding[];
  readonly withheld: readonly WithheldText[];
}

/** What the flows say of a call. */
export type FlowVerdict =
  | (Told & { readonly kind: "clear" })
  | (Told & {
      readonly kind: "held";
      readonly approval: CompiledApproval;
      /** "flow." and its name. */
      readonly rule: string;
      /** For the people who decide. */
      readonly reason: string;
    })
  /** The reason is for the model. */
  | (Told & { readonly kind: "blocked"; readonly reason: string })
  /** What was read before cannot be known. */
  | { readonly kind: "unavailable"; readonly reason: string };

/** Those that have a say: where one allows, only those that block. */
export function acting(
  flows: readonly CompiledFlow[],
  isKnownToBeMet: (flow: CompiledFlow) => boolean,
): readonly CompiledFlow[] {
  const isAllowed = flows.some((flow) => flow.action === "allow" && isKnownToBeMet(flow));
  return flows.filter(({ action }) => action === "block" || (action !== "allow" && !isAllowed));
}

/** What becomes of a call that completes these. */
export function verdictOf(
  met: readonly CompiledFlow[],
  known: Known,
  { call, withheld }: Pick<Told, "withheld"> & { readonly call: FlowRequest },
): FlowVerdict {
  const told = { findings: met.flatMap((flow) => findingsOf(flow, known)), withheld };
  const enforced = met.filter(({ mode }) => mode === "enforce");
  const blocking = enforced.find(({ action }) => action === "block");
  if (blocking) return { kind: "blocked", ...told, reason: refusalBy(blocking, call) };
  const { approvals } = call.config.policy;
  const [holding] = enforced
    .flatMap((flow) => {
      const approval = approvals.get(flow.approval ?? "");
      return approval ? [{ flow, approval }] : [];
    })
    .toSorted((one, other) => other.approval.quorum - one.approval.quorum);
  if (!holding) return { kind: "clear", ...told };
  const { approval, flow } = holding;
  const why = `${whereOf(call)}: ${describeFlow(flow)}.`;
  const reason = flow.reason === "" ? why : `${flow.reason} ${why}`;
  return { kind: "held", ...told, approval, rule: `flow.${flow.name}`, reason };
}

/** For the model: which rule, why, and what to do. */
function refusalBy(flow: CompiledFlow, call: FlowRequest): string {
  const why = `${whereOf(call)}: ${describeFlow(flow)} (flow ${flow.name})`;
  const words = flow.reason === "" ? "" : ` ${flow.reason}`;
  return `${why}.${words} Do not try another way: tell the user what you wanted to do`;
}

/** Whoever begins a new session should understand why that changes nothing. */
function whereOf(call: FlowRequest): string {
  return ownerOf(call).session === undefined
    ? "In the sessions of this agent, this one or another"
    : "In this session";
}

/** Whether what cannot be known is refused. */
export function isStrict({ action, mode }: CompiledFlow): boolean {
  return mode === "enforce" && (action === "approve" || action === "block");
}
