import { deriveLabels } from "../../core/labels/derive-labels.ts";
import {
  labelsOfPrompt,
  labelsOfResource,
  labelsOfUnlisted,
} from "../../core/labels/labels-of-others.ts";
import type { FlowRuling } from "../../core/policy/compiled-flows.ts";
import type { CallLabel } from "../../core/policy/flow-labels.ts";
import type { Logger } from "../../core/service/log.ts";
import type { Call } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import type { ToolCatalog } from "../upstreams/tool-catalog.ts";
import { toFailure } from "./to-failure.ts";

interface Steps {
  readonly catalog: Pick<ToolCatalog, "find">;
  readonly log: Logger;
}

/** What a call is taken to do: by the definition of its tool, and by what operators say of that. */
export async function labelsOf(
  call: Call,
  operators: Pick<FlowRuling, "labels" | "not">,
  steps: Steps,
): Promise<{ readonly labels: Set<CallLabel> } | { readonly outcome: Outcome }> {
  const derived = await derivedLabels(call, steps);
  if ("outcome" in derived) return derived;
  const all = [...derived.labels, ...operators.labels];
  return { labels: new Set(all.filter((label) => !operators.not.includes(label))) };
}

async function derivedLabels(
  call: Call,
  { catalog, log }: Steps,
): Promise<{ readonly labels: readonly CallLabel[] } | { readonly outcome: Outcome }> {
  const { kind, name } = call.subject;
  if (kind === "prompt") return { labels: labelsOfPrompt };
  if (kind === "resource") return { labels: labelsOfResource(name) };
  try {
    const found = await catalog.find(call, name);
    if (found.kind === "refused") return { outcome: { kind: "answered", answer: found.answer } };
    if (found.kind === "unknown") return { labels: labelsOfUnlisted };
    return { labels: labelsOfListed(found.tool.listed, call.upstream.name) };
  } catch (error) {
    return { outcome: toFailure(error, call, log) };
  }
}

type Listed = Readonly<Record<string, unknown>>;

const known = new WeakMap<Listed, readonly CallLabel[]>();

/** A definition is remembered by the catalog for a while, of one upstream: what it says is read once. */
function labelsOfListed(listed: Listed, upstream: string): readonly CallLabel[] {
  const labels = known.get(listed) ?? deriveLabels(listed, upstream);
  known.set(listed, labels);
  return labels;
}
