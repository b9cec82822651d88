import type { DefinitionName } from "../../core/pins/definition-kind.ts";
import type { DefinitionSettings, ScanSettings } from "../../core/policy/compiled-scanning.ts";
import type { Call, ToolCall } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import type { DefinitionVerdict } from "../pins/definition-pins.ts";
import type { ListedDefinition } from "../pins/listed-definition.ts";
import type { Wanted } from "../upstreams/tool-catalog.ts";
import { findOutdated, type Looked, mayBeOutdated } from "./find-outdated.ts";
import type { Gateway, Way } from "./gateway.ts";
import { matchesTemplate } from "./match-template.ts";
import { reviewDefinitions, settingsFor } from "./review-definitions.ts";
import { toFailure } from "./to-failure.ts";

type Quarantined = Extract<Outcome, { kind: "quarantined" }>;

/** How a call ends whose tool is defined otherwise than was accepted. Undefined: it goes on. */
export async function findQuarantine(
  call: ToolCall,
  scan: ScanSettings,
  way: Way,
): Promise<Outcome | undefined> {
  const { gateway } = way;
  const named = { kind: "tool", name: call.tool } as const;
  try {
    if (mayBeOutdated(call, named, gateway)) {
      const look = (maxAgeMs: number) => lookAtTool(call, { inSession: true, maxAgeMs }, way);
      return await findOutdated(call, { named, look }, way);
    }
    if (!needsLook(call, scan, gateway)) return undefined;
    const inSession = gateway.pins.isDoubtful(call.upstream, named);
    const looked = await lookAtTool(call, { inSession }, way);
    return "outcome" in looked ? looked.outcome : undefined;
  } catch (error) {
    return toFailure(error, call, gateway.log);
  }
}

/** What the upstream lists of the tool that a call names, or how the call ends where that was not accepted. */
async function lookAtTool(call: ToolCall, wanted: Wanted, way: Way): Promise<Looked> {
  const found = await way.gateway.catalog.find(call, call.tool, wanted);
  if (found.kind === "unknown") return { outcome: { kind: "unknown-tool", tool: call.tool } };
  if (found.kind === "refused") return { outcome: { kind: "answered", answer: found.answer } };
  const listed = found.tool.definitions;
  const outcome = await judge(call, listed, way);
  return outcome ? { outcome } : { listed };
}

/**
 * The same of a prompt, or of a resource. What agents were shown was accepted then: upstreams are asked for their lists only where
 * something waits or was rejected since, or where nothing is trusted by itself.
 */
export async function findRequestQuarantine(call: Call, way: Way): Promise<Outcome | undefined> {
  const named = namedBy(call);
  if (!named) return undefined;
  try {
    const own = await quarantineOf(call, named, way);
    if (own || named.kind !== "resource") return own;
    return await quarantineOfTemplate(call, named.name, way);
  } catch (error) {
    return toFailure(error, call, way.gateway.log);
  }
}

async function quarantineOf(call: Call, named: Named, way: Way): Promise<Outcome | undefined> {
  const { pins, catalog } = way.gateway;
  const settings = settingsFor(call, named);
  if (isOff(settings)) return undefined;
  if (isPrompt(named) && mayBeOutdated(call, named, way.gateway)) {
    const look = (maxAgeMs: number) => lookAtPrompt(call, named, { maxAgeMs, way });
    return await findOutdated(call, { named, look }, way);
  }
  const isDoubtful = pins.isDoubtful(call.upstream, named);
  if (!looksAtAll(settings) && !isDoubtful) return undefined;
  const found = await catalog.list(call, named.kind);
  if (found.kind === "refused") return { kind: "answered", answer: found.answer };
  const listed = found.entries.filter(({ name }) => name === named.name);
  if (listed.length > 0) return await judge(call, listed, way);
  // Servers have resources that they do not list. What they keep off their lists because it was looked at is another thing.
  if (!isDoubtful && named.kind === "resource") return undefined;
  return quarantined(call, named, isDoubtful ? "changed" : "pending");
}

/** As {@link lookAtTool}. */
async function lookAtPrompt(
  call: Call,
  { name }: DefinitionName,
  { maxAgeMs, way }: { readonly maxAgeMs: number; readonly way: Way },
): Promise<Looked> {
  const found = await way.gateway.catalog.list(call, "prompt", { maxAgeMs });
  if (found.kind === "refused") return { outcome: { kind: "answered", answer: found.answer } };
  const listed = found.entries.filter((entry) => entry.name === name);
  if (listed.length === 0)
    return { outcome: quarantined(call, { kind: "prompt", name }, "changed") };
  const outcome = await judge(call, listed, way);
  return outcome ? { outcome } : { listed };
}

/** A resource is also what its template says of it. */
async function quarantineOfTemplate(
  call: Call,
  uri: string,
  way: Way,
): Promise<Outcome | undefined> {
  const { pins, catalog } = way.gateway;
  const doubtful = pins
    .doubtful(call.upstream, "template")
    .filter((name) => matchesTemplate(uri, name))
    .filter((name) => isHeld(settingsFor(call, { kind: "template", name })));
  if (doubtful.length === 0) return undefined;
  const found = await catalog.list(call, "template");
  if (found.kind === "refused") return { kind: "answered", answer: found.answer };
  const listed = found.entries.filter(({ name }) => doubtful.includes(name));
  const missing = doubtful.find((one) => !listed.some(({ name }) => name === one));
  if (missing) return quarantined(call, { kind: "template", name: missing }, "changed");
  return await judge(call, listed, way);
}

/** One that is not accepted is enough: which of several the upstream means is for it to say. */
async function judge(
  call: Call,
  listed: readonly ListedDefinition[],
  way: Way,
): Promise<Outcome | undefined> {
  const verdicts = await reviewDefinitions(call, { listed, pointer: "", isWhole: false }, way);
  const at = verdicts.findIndex(isQuarantined);
  const [definition, verdict] = [listed[at], verdicts[at]];
  if (!definition || !verdict || verdict.standing === "accepted") return undefined;
  const { standing } = verdict;
  const { kind, name } = definition;
  if (standing === "unseen") {
    const reason = `the definition of this ${kind} is new, and cannot be recorded for approval`;
    return { kind: "unavailable", reason };
  }
  return quarantined(call, { kind, name }, standing);
}

function quarantined(
  { upstream }: Call,
  { kind, name }: DefinitionName,
  standing: Quarantined["standing"],
): Quarantined {
  return { kind: "quarantined", what: kind, name: `${upstream.name}/${name}`, standing };
}

function isHeld({ changed, unseen, poisoning }: DefinitionSettings): boolean {
  return [changed, unseen, poisoning].includes("quarantine") || poisoning === "block";
}

function isOff({ changed, unseen, poisoning }: DefinitionSettings): boolean {
  return changed === "off" && unseen === "off" && poisoning !== "block";
}

/** Also at what nobody doubts: it may never have been seen, or have been accepted before the policy blocked it. */
function looksAtAll({ trust, poisoning }: DefinitionSettings): boolean {
  return trust !== "tofu" || poisoning === "block";
}

function isQuarantined({ action }: DefinitionVerdict): boolean {
  return action === "quarantine";
}

interface Named extends DefinitionName {
  readonly kind: "prompt" | "resource";
}

function isPrompt(named: Named): named is Named & { readonly kind: "prompt" } {
  return named.kind === "prompt";
}

function namedBy({ subject }: Call) {
  const { kind, name } = subject;
  return kind === "prompt" || kind === "resource" ? { kind, name } : undefined;
}

/** Where schemas are not checked, upstreams are not asked for them: then only what is doubtful by its name is looked at. */
function needsLook(call: ToolCall, scan: ScanSettings, { pins }: Gateway): boolean {
  const named = { kind: "tool", name: call.tool } as const;
  const settings = settingsFor(call, named);
  if (isOff(settings)) return false;
  if (scan.arguments.schema === "block" || looksAtAll(settings)) return true;
  return pins.isDoubtful(call.upstream, named);
}
