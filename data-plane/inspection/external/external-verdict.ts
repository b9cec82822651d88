import type { CompiledScanner, ExternalActionName } from "../../../core/policy/compiled-scanner.ts";
import type { Finding } from "../../call/finding.ts";
import type { ScannerAnswer } from "./scanner-answer.ts";

/** What is to be done because of a scanner, before mode and exceptions are asked. */
export interface ExternalFinding {
  readonly rule: string;
  readonly pointer: string | undefined;
  readonly action: ExternalActionName;
}

const strictness: readonly ExternalActionName[] = ["log", "redact", "approve", "block"];

/** What an answer means under the policy: severities that it names decide, and nothing is stricter than it lets the scanner be. */
export function findingsOf(
  { action, findings }: ScannerAnswer,
  scanner: CompiledScanner,
  direction: Finding["direction"],
): readonly ExternalFinding[] {
  const { name, actions, maxAction } = scanner;
  const asked = action === "allow" ? "log" : action;
  const within = (wanted: ExternalActionName) => possible(milder(wanted, maxAction), direction);
  if (findings.length === 0 && action !== "allow") {
    return [{ rule: `external.${name}`, pointer: undefined, action: within(asked) }];
  }
  return findings.map(({ rule, severity, pointer }) => ({
    rule: `external.${name}.${rule}`,
    pointer,
    action: within(actions.get(severity) ?? asked),
  }));
}

/** What becomes of a message of which a scanner says nothing. */
export function findingOfSilence(
  { name, whenUnavailable }: CompiledScanner,
  direction: Finding["direction"],
): ExternalFinding {
  const action = whenUnavailable === "allow" ? "log" : whenUnavailable;
  return {
    rule: `external.${name}${unavailable}`,
    pointer: undefined,
    action: possible(action, direction),
  };
}

const unavailable = ".unavailable";

/** Whether it is the rule of a scanner that gave no verdict. */
export function isUnavailable(rule: string): boolean {
  return rule.endsWith(unavailable);
}

function milder(one: ExternalActionName, other: ExternalActionName): ExternalActionName {
  return strictness.indexOf(one) <= strictness.indexOf(other) ? one : other;
}

/** A call was made when its result is there: nobody can be asked before. */
function possible(action: ExternalActionName, direction: Finding["direction"]): ExternalActionName {
  return action === "approve" && direction === "result" ? "block" : action;
}
