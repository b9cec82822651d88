import type { DefinitionActionName, ScanSettings } from "../../core/policy/compiled-scanning.ts";
import { definitionSettingsFor } from "../../core/policy/decide.ts";
import { type Call, factsOf, type ToolCall } from "../call/agent-request.ts";
import type { Finding } from "../call/finding.ts";
import type { Answer, Outcome } from "../call/outcome.ts";
import { isObject } from "../mcp/json-rpc.ts";
import type { DefinitionVerdict } from "../pins/definition-pins.ts";
import type { ListedTool } from "../pins/listed-tool.ts";
import type { Gateway, Way } from "./gateway.ts";
import { withMessage } from "./inspect-answer.ts";
import { toFailure } from "./to-failure.ts";

/** Leaves out of a list the tools whose definitions nobody has accepted. */
export async function withholdDefinitions(call: Call, answer: Answer, way: Way): Promise<Answer> {
  if (call.message.method !== "tools/list" || answer.via === "resumable-stream") return answer;
  const result = isObject(answer.message) ? answer.message["result"] : undefined;
  const entries = isObject(result) ? result["tools"] : undefined;
  if (!isObject(answer.message) || !isObject(result) || !Array.isArray(entries)) return answer;

  const isWhole =
    call.message.params?.["cursor"] === undefined && result["nextCursor"] === undefined;
  const tools = entries.filter(isTool);
  const verdicts = await review(call, tools, { isWhole, way });
  const kept = tools.filter((_, index) => {
    const verdict = verdicts[index];
    if (verdict) note(verdict, `/result/tools/${index}`, way);
    return verdict?.action !== "quarantine";
  });
  if (kept.length === entries.length) return answer;
  const shown = {
    ...result,
    tools: kept,
    // What is withheld may be accepted at any time, or differ by agent.
    ...(result["cacheScope"] !== undefined && { cacheScope: "private" }),
  };
  return withMessage(answer, { ...answer.message, result: shown });
}

/** How a call ends whose tool is defined otherwise than was accepted. Undefined: it goes on. */
export async function findQuarantine(
  call: ToolCall,
  scan: ScanSettings,
  way: Way,
): Promise<Outcome | undefined> {
  const { gateway } = way;
  if (!needsLook(call, scan, gateway)) return undefined;
  try {
    const found = await gateway.catalog.find(call, call.tool);
    if (found.kind === "unknown") return { kind: "unknown-tool", tool: call.tool };
    if (found.kind === "refused") return { kind: "answered", answer: found.answer };
    const { listed } = found.tool;
    if (!isTool(listed)) return undefined;
    const [verdict] = await review(call, [listed], { isWhole: false, way });
    if (!verdict) return undefined;
    note(verdict, "", way);
    const { standing, action } = verdict;
    if (action !== "quarantine" || standing === "accepted") return undefined;
    if (standing === "unseen") return { kind: "unavailable", reason: unrecorded };
    return { kind: "quarantined", tool: `${call.upstream.name}/${call.tool}`, standing };
  } catch (error) {
    return toFailure(error, call, gateway.log);
  }
}

const unrecorded = "the definition of this tool is new, and cannot be recorded for approval";

/** Sees all tools of an upstream when a call makes the gateway list them: what is new is recorded at once. */
export async function reviewListing(
  call: Call,
  listed: readonly { readonly listed: Readonly<Record<string, unknown>> }[],
  pins: Gateway["pins"],
): Promise<void> {
  await pins.review({
    upstream: call.upstream,
    tools: listed.map((tool) => tool.listed).filter(isTool),
    isWhole: true,
    settingsOf: (name) => settingsOf(call, name),
  });
}

/** Where schemas are not checked, upstreams are not asked for them: then only what is doubtful by its name is looked at. */
function needsLook(call: ToolCall, scan: ScanSettings, { pins }: Gateway): boolean {
  const settings = settingsOf(call, call.tool);
  if (settings.changed === "off" && settings.unseen === "off") return false;
  if (scan.arguments.schema === "block" || settings.trust !== "tofu") return true;
  return pins.isDoubtful(call.upstream, call.tool);
}

function review(
  call: Call,
  tools: readonly ListedTool[],
  { isWhole, way }: { readonly isWhole: boolean; readonly way: Way },
): Promise<DefinitionVerdict[]> {
  return way.gateway.pins.review({
    upstream: call.upstream,
    tools,
    isWhole,
    settingsOf: (name) => settingsOf(call, name),
  });
}

function settingsOf(call: Call, name: string) {
  return definitionSettingsFor(
    call.config.policy,
    factsOf(call, { kind: "tool", name }, undefined),
  );
}

function note({ standing, action }: DefinitionVerdict, pointer: string, { trail }: Way): void {
  if (action === "off") return;
  trail.findings.push({
    rule: `definition.${standing}`,
    direction: "result",
    pointer,
    action: findingActions[action],
  });
}

const findingActions: Readonly<Record<Exclude<DefinitionActionName, "off">, Finding["action"]>> = {
  log: "logged",
  quarantine: "blocked",
};

function isTool(entry: unknown): entry is ListedTool {
  return isObject(entry) && typeof entry["name"] === "string";
}
