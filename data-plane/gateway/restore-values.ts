import type { CustomDetector, ScanSettings } from "../../core/policy/compiled-scanning.ts";
import { consult, type Ruling } from "../../core/policy/decide.ts";
import { factsOf, type ToolCall } from "../call/agent-request.ts";
import type { Finding } from "../call/finding.ts";
import type { Outcome } from "../call/outcome.ts";
import { redactionScopeOf } from "../call/redactor.ts";
import type { InspectionVerdict } from "../inspection/inspector.ts";
import { withValues } from "../inspection/vault/in-place.ts";
import { argumentsPart } from "../mcp/message-part.ts";
import { findFreeze } from "./find-freeze.ts";
import { findLackingScopes } from "./find-lacking-scopes.ts";
import { cannotGetValues, type Restorable } from "./find-restorable.ts";
import { findSchema } from "./find-schema.ts";
import type { Way } from "./gateway.ts";
import { hasMirrors, withArguments } from "./inspect-arguments.ts";
import type { Restored } from "./restored.ts";

type Ended = { readonly outcome: Outcome };

/** Puts values in the place of the tokens of a call that passed with them, and asks everything again that a value could change. */
export async function restoreValues(
  sent: ToolCall,
  { restorable, ruling }: { readonly restorable: Restorable; readonly ruling: Ruling },
  way: Pick<Way, "gateway" | "trail">,
): Promise<Restored | Ended | undefined> {
  const put = withValues(sent.arguments, restorable.values);
  if (!put) return blocked(tooLong);
  if (put.tokens.size === 0) return undefined;
  if (hasMirrors(sent)) return blocked(mirrored);
  const restored = withArguments(sent, put.value);
  const types = [...put.tokens].flatMap((token) => restorable.types.get(token) ?? []);
  const judged = judgeAgain(restored, { ruling, types }, way);
  if ("outcome" in judged) return judged;
  const looked = await lookAgain(restored, judged.scan, way);
  if ("outcome" in looked) return looked;
  const values = [...put.tokens].map((token) => restorable.values.get(token) ?? "");
  return { call: looked.call, types, scan: withoutValues(judged.scan, { types, values }) };
}

/**
 * The policy was asked about tokens. Where it says something else of the values, nothing can be held, counted or traced any more without
 * showing them: it does not pass.
 */
function judgeAgain(
  restored: ToolCall,
  { ruling, types }: { readonly ruling: Ruling; readonly types: readonly string[] },
  { gateway, trail }: Pick<Way, "gateway" | "trail">,
): Ruling | Ended {
  const again = consult(
    restored.config.policy,
    factsOf(restored, restored.subject, restored.arguments),
  );
  const frozen = findFreeze(restored, again, gateway);
  if (frozen) return frozen;
  const { decision } = again;
  if (decision.effect === "deny") {
    trail.ruling = again;
    return { outcome: { kind: "denied", rule: decision.rule, reason: decision.reason } };
  }
  const { labels, not } = again.flows;
  if (labels.includes("can-send") && !not.includes("can-send")) {
    return { outcome: cannotGetValues(restored) };
  }
  const lacking = findLackingScopes(restored, again);
  if (lacking) return { outcome: lacking };
  const isStillMeant = types.every((type) => again.restores.has(type));
  return isStillMeant && isHandledAlike(ruling, again) ? again : blocked(otherRules);
}

/** Whether nobody else is asked, nothing more counts and no more flows look at it. */
function isHandledAlike(ruling: Ruling, again: Ruling): boolean {
  const [{ decision: one }, { decision: other }] = [ruling, again];
  const asksNobodyElse =
    other.effect !== "approve" || (one.effect === "approve" && one.approval === other.approval);
  const limits = new Set(ruling.charges.map(({ limit }) => limit));
  const flows = new Set(ruling.flows.flows);
  const scanners = new Set(ruling.scan.scanners);
  const isExempt = ruling.flows.flows.filter(({ action }) => action === "allow");
  return (
    asksNobodyElse &&
    again.charges.every(({ limit }) => limits.has(limit)) &&
    again.scan.scanners.every((scanner) => scanners.has(scanner)) &&
    again.flows.flows.every((flow) => flow.action === "allow" || flows.has(flow)) &&
    isExempt.every((flow) => again.flows.flows.includes(flow))
  );
}

/** The value of a token may be anything that an upstream wrote: it must fit the schema, and be no payload. */
async function lookAgain(
  restored: ToolCall,
  scan: ScanSettings,
  { gateway, trail }: Pick<Way, "gateway" | "trail">,
): Promise<{ readonly call: ToolCall } | Ended> {
  const schema = await findSchema(restored, scan, gateway);
  if (schema.kind === "ended") return schema;
  const { arguments: value, body } = restored;
  const verdict = await gateway.scans.inspectArguments(
    {
      arguments: value,
      inputSchema: schema.inputSchema,
      settings: forValues(scan),
      scope: redactionScopeOf(restored),
    },
    { body, part: argumentsPart },
  );
  trail.findings.push(...verdict.findings.filter((found) => !isKnown(found, trail)));
  if (verdict.kind === "clean") return { call: restored };
  if (verdict.kind === "redacted") return { call: withArguments(restored, verdict.value) };
  return blocked(`with the values that its redaction tokens stand for, ${reasonOf(verdict)}`);
}

function isKnown({ rule, pointer, action }: Finding, { findings }: Way["trail"]): boolean {
  return findings.some((it) => it.rule === rule && it.pointer === pointer && it.action === action);
}

function reasonOf(verdict: Extract<InspectionVerdict, { kind: "held" | "blocked" }>): string {
  if (verdict.kind === "blocked") return verdict.reason;
  return `people would have to decide, who may not see them. ${verdict.reason} The call was not made`;
}

/** That there is personal data, or a secret, is what the tool is to get; the agent's own was looked for before. */
function forValues(scan: ScanSettings): ScanSettings {
  const { arguments: all } = scan;
  const off = { secrets: "off", personalData: "off" } as const;
  return { ...scan, detectors: [], arguments: { ...all, ...off } };
}

/** Shorter ones stand in words that have nothing to do with them. */
const shortestEcho = 4;

/** A tool may say what it was given: that is taken out of what it says. */
function withoutValues(
  scan: ScanSettings,
  { types, values }: { readonly types: readonly string[]; readonly values: readonly string[] },
): ScanSettings {
  const detectors = types.map(
    (name, index): CustomDetector => ({
      name,
      literals: spellingsOf(values[index] ?? ""),
      pattern: undefined,
      checksum: undefined,
      arguments: "off",
      results: "redact",
    }),
  );
  const telling = detectors.filter(({ literals }) => literals.length > 0);
  return { ...scan, detectors: [...scan.detectors, ...telling] };
}

/** As it was, in JSON that stands in a text, without what parts it, and as a number. */
function spellingsOf(value: string): readonly string[] {
  const written = JSON.stringify(value).slice(1, -1);
  const digits = /[a-z]/i.test(value) ? [] : [value.replaceAll(/\D/g, "")];
  const all = [value, written, value.replaceAll(/[\s.-]/g, ""), ...digits];
  return [...new Set(all.map((it) => it.toLowerCase()))].filter((it) => it.length >= shortestEcho);
}

function blocked(reason: string): Ended {
  return { outcome: { kind: "blocked", reason } };
}

const notMade = "The call was not made and nothing was done";
const tooLong = `the values that its redaction tokens stand for are longer than 65,536 characters together. ${notMade}. Make several calls with fewer tokens each`;
const mirrored = `redaction tokens cannot stand for values in arguments that headers (Mcp-Param-*) repeat. ${notMade}. Leave the tokens out`;
const otherRules = `with the values that its redaction tokens stand for, other rules of the policy apply to this call than without, and nobody may see these values. ${notMade}. Do not repeat it with these tokens`;
