import type { ExternalActionName, SeverityName } from "../../../core/policy/compiled-scanner.ts";

/** What a scanner says of one message. docs/external-scanner.schema.json has its shape. */
export interface ScannerAnswer {
  readonly action: "allow" | ExternalActionName;
  readonly findings: readonly ScannerFinding[];
}

interface ScannerFinding {
  readonly rule: string;
  readonly severity: SeverityName;
  /** JSON Pointer to one of the texts, or to what holds some. */
  readonly pointer?: string;
  /** For the log. Written by whoever: never shown to agents. */
  readonly message?: string;
}

const actions = new Set<unknown>(["allow", "log", "redact", "approve", "block"]);
const severities = new Set<unknown>(["low", "medium", "high", "critical"]);
const maxFindings = 50;
const rulePattern = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const longestPointer = 1_024;
const longestMessage = 500;

/** The answer, or undefined where it is not exactly one: half of an answer is no verdict. */
export function parseScannerAnswer(text: string): ScannerAnswer | undefined {
  const answer = parseJson(text);
  if (!isObject(answer) || !hasOnly(answer, ["action", "findings"])) return undefined;
  const { action, findings } = answer;
  if (!actions.has(action) || !Array.isArray(findings)) return undefined;
  if (findings.length > maxFindings || !findings.every(isFinding)) return undefined;
  return { action: action as ScannerAnswer["action"], findings };
}

function isFinding(value: unknown): value is ScannerFinding {
  if (!isObject(value) || !hasOnly(value, ["rule", "severity", "pointer", "message"])) return false;
  const { rule, severity, pointer, message } = value;
  return (
    typeof rule === "string" &&
    rulePattern.test(rule) &&
    severities.has(severity) &&
    isShortText(pointer, longestPointer) &&
    isShortText(message, longestMessage)
  );
}

function isShortText(value: unknown, longest: number): boolean {
  return value === undefined || (typeof value === "string" && [...value].length <= longest);
}

function hasOnly(value: Readonly<Record<string, unknown>>, keys: readonly string[]): boolean {
  return Object.keys(value).every((key) => keys.includes(key));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
