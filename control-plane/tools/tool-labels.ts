import { deriveLabels } from "../../core/labels/derive-labels.ts";
import { labelsOfUnlisted } from "../../core/labels/labels-of-others.ts";
import type { PinRecord } from "../../core/pins/pin-record.ts";
import type { CompiledPolicy } from "../../core/policy/compiled-policy.ts";
import { labellingFor } from "../../core/policy/decide.ts";
import type { CallLabel } from "../../core/policy/flow-labels.ts";

/** The definition of which a tool's labels are told: the one that was seen last. */
export function labelledDigest({ variants }: PinRecord): string {
  return variants.at(-1)?.digest ?? "";
}

/**
 * What flows take a tool to do, by its definition and by what the policy says of it whoever calls:
 * "can-send", "reads-private (policy)", "not reads-untrusted (policy)". Empty for what is no tool.
 */
export function labelsOf(
  { policy, upstream }: { readonly policy: CompiledPolicy; readonly upstream: string },
  { kind, name }: PinRecord,
  definition: string | undefined,
): string[] {
  if (kind !== "tool") return [];
  const derived = derivedOf(definition, upstream);
  const facts = { agent: "", groups: [], route: "", upstream, kind, name, arguments: undefined };
  const { labels, not } = labellingFor(policy, facts);
  const added = [...new Set(labels)].filter((label) => !derived.includes(label));
  return [
    ...derived.filter((label) => !not.includes(label)),
    ...added.filter((label) => !not.includes(label)).map((label) => `${label} (policy)`),
    ...[...new Set(not)].map((label) => `not ${label} (policy)`),
  ];
}

/** A definition that was cut says no more than one that is not there. */
function derivedOf(definition: string | undefined, upstream: string): readonly CallLabel[] {
  try {
    return deriveLabels(JSON.parse(definition ?? ""), upstream);
  } catch {
    return labelsOfUnlisted;
  }
}
