import { type CallLabel, callLabels } from "../policy/flow-labels.ts";
import {
  browserNouns,
  destroyVerbs,
  programNames,
  programVerbs,
  queryWords,
  writeVerbs,
} from "./lexicon.ts";
import { type ReadDefinition, readDefinition } from "./read-definition.ts";
import { readsOf } from "./reading-tools.ts";
import { sends } from "./sending-tools.ts";
import { hasAny, isReading } from "./tool-traits.ts";

/**
 * What a tool does, by what its definition says: a name such as "search_messages", parameters such as a URL or a recipient,
 * a description, and hints. The definition comes from a party that is not trusted, so everything in it only adds labels;
 * what reads and says nothing of what it reads is taken to read what is private.
 */
export function deriveLabels(
  listed: Readonly<Record<string, unknown>>,
  upstream: string,
): readonly CallLabel[] {
  const tool = readDefinition(listed, upstream);
  const found = new Set<CallLabel>();
  if (runsPrograms(tool)) return callLabels;
  if (sends(tool)) found.add("can-send");
  if (destroys(tool)) found.add("destructive");
  for (const label of readsOf(tool)) found.add(label);
  return callLabels.filter((label) => found.has(label));
}

/** Whoever runs programs can do everything. */
function runsPrograms({ words, parameters, description }: ReadDefinition): boolean {
  const takesProgram = parameters.some(({ words: name }) => programNames.has(name.at(-1) ?? ""));
  if (!takesProgram || hasAny(words, browserNouns)) return false;
  return (
    hasAny(words, programVerbs) ||
    /\b(?:shell|bash|terminal|operating system) (?:command|script)|\b(?:execut|run)\w* (?:\w+ ){0,3}(?:command|script|code)s?\b/i.test(
      description,
    )
  );
}

function destroys(tool: ReadDefinition): boolean {
  const { words, hints, parameters } = tool;
  return (
    hints.destructive ||
    changesRows(tool) ||
    (hasAny(words, destroyVerbs) && !isReading(words)) ||
    parameters.some(({ words: name }) => name.includes("sql"))
  );
}

/** "execute_sql" and "write_query" do what they are told. */
function changesRows({ words, description }: ReadDefinition): boolean {
  if (!hasAny(words, queryWords)) return false;
  const acts = words.includes("sql") && hasAny(words, writeVerbs);
  return acts || words.includes("write") || /\b(?:INSERT|UPDATE|DELETE|DROP)\b/.test(description);
}
