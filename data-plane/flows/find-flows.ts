import type { CompiledFlow } from "../../core/policy/compiled-flows.ts";
import {
  type CallLabel,
  type FlowLabelName,
  isSessionLabel,
} from "../../core/policy/flow-labels.ts";
import type { Flowing } from "./call-traces.ts";
import type { Taint } from "./taint.ts";

/** The flows that a call with these labels may complete, whatever was read before. */
export function possibleFlows(
  flows: readonly CompiledFlow[],
  labels: ReadonlySet<CallLabel>,
): readonly CompiledFlow[] {
  const possible = flows.filter(({ when }) =>
    when.every((label) => isSessionLabel(label) || labels.has(label)),
  );
  return possible.some(({ action }) => action !== "allow") ? possible : [];
}

/** Whether what was read before matters to a flow. */
export function asksForTaint({ when, carries }: CompiledFlow): boolean {
  return carries.length > 0 || when.some(isSessionLabel);
}

/** What is known of a call and of what was read before it. */
export interface Known {
  readonly labels: ReadonlySet<CallLabel>;
  readonly taint: Pick<Taint, "labels">;
  /** What of its arguments was read before. */
  readonly flowing: readonly Flowing[];
}

/** Whether a call completes all that a flow asks for. */
export function isMet({ when, carries }: CompiledFlow, { labels, taint, flowing }: Known): boolean {
  return (
    when.every(
      (label) => isOwn(label, labels) || (isSessionLabel(label) && taint.labels.has(label)),
    ) &&
    (carries.length === 0 || flowing.some(({ evidence }) => carries.includes(evidence)))
  );
}

/**
 * Whether the call itself is what a flow asks for. What it reads of others comes after what it sends:
 * only a later call can do what that says.
 */
export function isOwn(label: FlowLabelName, labels: ReadonlySet<CallLabel>): boolean {
  if (label === "reads-untrusted" || label === "suspicious") return false;
  return labels.has(label);
}
