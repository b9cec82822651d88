import type { RedactionVault } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import type { CallFacts } from "./call-facts.ts";
import type { CompiledLabelling } from "./compiled-flows.ts";
import type { CompiledVault, PersonalDataName, ScanSettings } from "./compiled-scanning.ts";
import { durationMs } from "./fields.ts";
import type { MatchCompiler } from "./match-compiler.ts";
import type { Problems } from "./problems.ts";
import { ruleIds } from "./rule-ids.ts";

const keepRange = { fallbackMs: 30 * 60_000, minMs: 60_000, maxMs: 24 * 3_600_000 };
const personalTypes: readonly PersonalDataName[] = ["card", "iban", "email", "ssn", "phone"];
const ofSecrets = "secrets.";

/** What the rest of the section says. */
interface Surroundings {
  /** All that may be looked for in some call. */
  readonly scans: readonly ScanSettings[];
  readonly labels: readonly CompiledLabelling[];
  readonly compileMatch: MatchCompiler;
}

/** Compiles what is said of the vault. */
export function compileVault(
  vault: RedactionVault,
  { scans, labels, compileMatch }: Surroundings,
  problems: Problems,
): CompiledVault {
  checkMatch(vault, labels, problems.at("match"));
  return {
    keepForMs: durationMs(vault.keepFor, keepRange, problems.at("keepFor")),
    types: new Set(typesOf(vault, scans, problems.at("types"))),
    matcher: compileMatch(vault.match, problems.at("match")),
  };
}

/** Secrets are kept only where they are named: most agents have no use for them. */
function typesOf(
  { types }: RedactionVault,
  scans: readonly ScanSettings[],
  problems: Problems,
): readonly string[] {
  const redacted = personalTypes.filter((type) => isRedacted(type, scans));
  if (types.length === 0) {
    if (redacted.length === 0) {
      problems.add("is of no use: no profile and no override redacts personal data in results");
    }
    return redacted;
  }
  types.forEach((type, index) => {
    const at = problems.at(index);
    if (types.indexOf(type) < index) at.add(`${type} is there twice`);
    else if (!isKnown(type, scans)) at.add(unknownType(type));
    else if (!isRedacted(type, scans)) {
      at.add(`${type} is of no use: no profile and no override redacts it in results`);
    }
  });
  return types;
}

function unknownType(type: string): string {
  const known = `${personalTypes.join(", ")}, the name of a detector, or that of a secret's rule, such as github-token`;
  return `must be one of ${known}; got ${JSON.stringify(type)}`;
}

function isKnown(type: string, scans: readonly ScanSettings[]): boolean {
  const isDetector = scans.some(({ detectors }) => detectors.some(({ name }) => name === type));
  return isDetector || isPersonal(type) || ruleIds.includes(ofSecrets + type);
}

function isRedacted(type: string, scans: readonly ScanSettings[]): boolean {
  return scans.some(({ results, detectors }) => {
    const own = detectors.some(({ name, results: action }) => name === type && action === "redact");
    if (own) return true;
    return isPersonal(type)
      ? results.personalData === "redact" && results.personalDataTypes.includes(type)
      : results.secrets === "redact" && ruleIds.includes(ofSecrets + type);
  });
}

function isPersonal(type: string): type is PersonalDataName {
  return personalTypes.some((it) => it === type);
}

/** Only calls of tools are given values, and none of a tool that the policy itself says can send. */
function checkMatch(
  { match }: RedactionVault,
  labels: readonly CompiledLabelling[],
  problems: Problems,
): void {
  const { tools = [], operations = [] } = match ?? {};
  if (tools.length === 0 && operations.length === 0) {
    problems.at("tools").add("is missing: name the tools that get values in the place of tokens");
  }
  for (const field of ["prompts", "resources", "methods"] as const) {
    if ((match?.[field].length ?? 0) === 0) continue;
    problems.at(field).add("never get values in the place of tokens: only tools do");
  }
  tools.forEach((glob, index) => {
    if (!canSend(glob, labels)) return;
    const reason = "labels say that it can send (can-send), so it never gets values";
    problems.at("tools").at(index).add(`${glob}: ${reason}`);
  });
}

/** Whether all that a glob names is labelled so, whoever calls it with whatever: a glob is matched by those that cover it. */
function canSend(glob: string, labels: readonly CompiledLabelling[]): boolean {
  const [upstream = "", ...name] = glob.split("/");
  const tool: CallFacts = {
    agent: "",
    groups: [],
    route: "",
    upstream,
    kind: "tool",
    name: name.join("/"),
    arguments: undefined,
  };
  const covering = labels.filter(({ matcher }) => matcher(tool, new Map()) === "yes");
  return (
    covering.some((it) => it.labels.includes("can-send")) &&
    !covering.some((it) => it.not.includes("can-send"))
  );
}
