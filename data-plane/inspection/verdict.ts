import type { Finding } from "../call/finding.ts";
import type { TakenOut } from "../call/redacted-value.ts";
import { tellsOfUnseen } from "../call/unseen.ts";
import type { ScanStopped } from "./scan-budget.ts";
import type { Violation } from "./violation-words.ts";

export type InspectionVerdict =
  /** Pass the original bytes on. The findings are at most "logged" ones. */
  | { readonly kind: "clean"; readonly findings: readonly Finding[] }
  /** A changed copy; what was inspected stays as it is. */
  | {
      readonly kind: "redacted";
      readonly value: unknown;
      readonly findings: readonly Finding[];
      /** What was taken out, where that was asked for. */
      readonly taken?: TakenOut;
    }
  /** To be held until people decide. The value is what they decide on and what then goes on; the reason is for them. */
  | {
      readonly kind: "held";
      readonly value: unknown;
      readonly reason: string;
      readonly findings: readonly Finding[];
    }
  /** The reason is for the model, and follows words such as "Blocked:". Rules and what to do, never what was found. */
  | { readonly kind: "blocked"; readonly reason: string; readonly findings: readonly Finding[] };

type Blocked = Extract<InspectionVerdict, { kind: "blocked" }>;
type Direction = Finding["direction"];

const maxNamed = 5;
/** A pointer is shown only when it cannot carry a message of its own. */
const plainPointer = /^[\w/.$@-]{1,200}$/;

/** Blocks for what detectors found. */
export function blockedByDetectors(direction: Direction, findings: readonly Finding[]): Blocked {
  const named = findings.filter(({ action }) => action === "blocked").slice(0, maxNamed);
  const places = named.map(({ rule, pointer }) =>
    direction === "arguments" && plainPointer.test(pointer) ? `${rule} at ${pointer}` : rule,
  );
  const rules = [...new Set(places)].join(", ");
  const reason =
    direction === "arguments"
      ? `the arguments hold what must not leave (${rules}). Call again without it, and do not repeat it.`
      : `the answer holds what must not reach you (${rules}). The call itself was made; do not repeat it for this reason.`;
  return { kind: "blocked", reason, findings };
}

/** Blocks because scanners outside gave no verdict: the agent is not at fault, and may come again. */
export function blockedBySilence(direction: Direction, findings: readonly Finding[]): Blocked {
  const rules = findings.filter(({ action }) => action === "blocked").map(({ rule }) => rule);
  const why = `cannot be scanned now (${[...new Set(rules)].slice(0, maxNamed).join(", ")})`;
  const reason =
    direction === "arguments"
      ? `the arguments ${why}. The call was not made and nothing was done. Try again later.`
      : `the answer ${why}. The call itself was made; do not repeat it for this reason.`;
  return { kind: "blocked", reason, findings };
}

/** Holds for what detectors found: people see which rules, and where. */
export function heldByDetectors(value: unknown, findings: readonly Finding[]): InspectionVerdict {
  const named = findings.filter(({ action }) => action === "held").slice(0, maxNamed);
  const places = named.map(({ rule, pointer }) =>
    plainPointer.test(pointer) ? `${rule} at ${pointer}` : rule,
  );
  const unseen = findings.some(tellsOfUnseen)
    ? " It did not look through all of the arguments: the rest may hold anything."
    : "";
  const reason = `The scanner found ${[...new Set(places)].join(", ")}.${unseen}`;
  return { kind: "held", value, reason, findings };
}

/** Blocks for arguments that do not fit the schema. */
export function blockedByViolations(
  violations: readonly Violation[],
  findings: readonly Finding[],
): Blocked {
  const lines = violations.map(({ pointer, words }) => `${pointer || "the arguments"}: ${words}`);
  return {
    kind: "blocked",
    reason: `the arguments do not fit the tool's input schema (schema): ${lines.join("; ")}. Correct them and call again.`,
    findings: [...findings, ...violations.map(({ pointer }) => schemaFinding(pointer))],
  };
}

/** Blocks because the schema itself is of no use. */
export function blockedByUnusableSchema(problem: string, findings: readonly Finding[]): Blocked {
  return {
    kind: "blocked",
    reason: `the arguments cannot be checked, since the tool's input schema ${problem} (schema). Other arguments do not help: an operator must mend the tool or turn the check off.`,
    findings: [...findings, schemaFinding("")],
  };
}

/** Blocks what could not be looked through: else bulk would be a way around the scan. */
export function blockedByStop(
  direction: Direction,
  stopped: ScanStopped,
  findings: readonly Finding[],
): Blocked {
  const what = direction === "arguments" ? "the arguments" : "the answer";
  const advice = direction === "arguments" ? "Send less at once" : "Ask for less at once";
  return {
    kind: "blocked",
    reason: `${what} cannot be looked through: ${stopped.message} (${stopped.rule}). ${advice}.`,
    findings: [...findings, { rule: stopped.rule, direction, pointer: "", action: "blocked" }],
  };
}

/** Where the policy only records, what could not be looked through passes, and the record says so. */
export function passedUnseen({ findings }: Blocked): InspectionVerdict {
  return {
    kind: "clean",
    findings: findings.map((finding) => ({ ...finding, action: "logged" as const })),
  };
}

function schemaFinding(pointer: string): Finding {
  return { rule: "schema", direction: "arguments", pointer, action: "blocked" };
}
