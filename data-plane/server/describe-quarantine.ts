import type { DefinitionKind } from "../../core/pins/definition-kind.ts";
import type { Outcome } from "../call/outcome.ts";

type Quarantined = Extract<Outcome, { kind: "quarantined" }>;

const why: Readonly<Record<Quarantined["standing"], string>> = {
  pending: "its definition is new and awaits approval by an operator",
  changed: "its definition has changed since it was approved, and the new one awaits approval",
  rejected: "an operator has rejected its definition",
  locked:
    "the gateway takes no new definitions from its server, and nobody has been asked to approve this one",
  outdated:
    "its definition has changed since you were shown it, and what it is now was accepted by an operator",
  poisoned: "its definition holds what only harmful ones do, and the policy blocks such",
};

const words: Readonly<Record<DefinitionKind, string>> = {
  tool: "tool",
  prompt: "prompt",
  resource: "resource",
  template: "resource template",
  instructions: "server",
  server: "server",
};

/** For a model: why a tool, or something else of a server, cannot be used, and what it can do. */
export function describeQuarantine({ what: kind, name, standing }: Quarantined): string {
  const word = words[kind];
  const asked = kind === "tool" ? "call" : "request";
  const what = `The ${word} ${JSON.stringify(name)} cannot be used ${standing === "outdated" ? "as you know it" : "now"}: ${why[standing]}. The ${asked} has not run.`;
  if (standing === "outdated") {
    return `${what} List the ${word}s again, read the definition of this one, and then ${asked} it again if it still does what you need.`;
  }
  const next = `Do not repeat the ${asked} until the list of ${word}s shows the ${word} again; go on without it`;
  const who = "The operator can look at it with: mcpctl tools";
  return standing === "rejected" || standing === "poisoned" || standing === "locked"
    ? `${what} Go on without it.`
    : `${what} ${next}. ${who}`;
}
