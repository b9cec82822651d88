import type { Outcome } from "../call/outcome.ts";

type Quarantined = Extract<Outcome, { kind: "quarantined" }>;

const why: Readonly<Record<Quarantined["standing"], string>> = {
  pending: "its definition is new and awaits approval by an operator",
  changed: "its definition has changed since it was approved, and the new one awaits approval",
  rejected: "an operator has rejected its definition",
};

/** For a model: why a tool cannot be used, and what it can do. */
export function describeQuarantine({ tool, standing }: Quarantined): string {
  const what = `The tool ${JSON.stringify(tool)} cannot be used now: ${why[standing]}. The call has not run.`;
  const next =
    "Do not repeat the call until the list of tools shows the tool again; go on without it";
  const who = "The operator can look at it with: mcpctl tools";
  return standing === "rejected" ? `${what} Go on without it.` : `${what} ${next}. ${who}`;
}
