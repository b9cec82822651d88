import { mayUse } from "../../core/policy/decide.ts";
import { type AgentRequest, factsOf } from "../call/agent-request.ts";
import { entryName, type ListShape } from "./list-shapes.ts";
import type { ListedNames } from "./listed-names.ts";

/** The entries of a list that this agent could use with some arguments. */
export function filterList(
  entries: readonly unknown[],
  shape: ListShape,
  request: AgentRequest,
  listed: Pick<ListedNames, "note">,
): readonly unknown[] {
  const names = entries.flatMap((entry) => entryName(entry, shape) ?? []);
  listed.note(request.upstream, shape.subject, names);
  return entries.filter((entry) => {
    const name = entryName(entry, shape);
    if (name === undefined) return false;
    const facts = factsOf(request, { kind: shape.subject, name }, undefined);
    return mayUse(request.config.policy, facts);
  });
}
