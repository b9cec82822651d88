import { createHash } from "node:crypto";
import type { Finding } from "./finding.ts";
import { replacedAt, textAt } from "./without-secrets.ts";

/** The scan ended before the value did. */
const stops: ReadonlySet<string> = new Set(["scan.budget", "scan.limits"]);
/** A part of one text was not looked at. */
const partly = "scan.truncated";

/** Whether the scanner says that it did not look at all of what it was given. */
export function tellsOfUnseen({ rule }: Pick<Finding, "rule">): boolean {
  return stops.has(rule) || rule === partly;
}

/** Whether some of what goes this way was not looked at. */
export function hasUnseen(findings: readonly Finding[], direction: Finding["direction"]): boolean {
  return findings.some((it) => it.direction === direction && tellsOfUnseen(it));
}

/**
 * The value as it may be recorded: what the scanner did not look at is named in place of being shown. Behind the place where a
 * scan ended nothing was looked at, so then nothing is shown.
 */
export function withoutUnseen(
  value: unknown,
  findings: readonly Finding[],
  direction: Finding["direction"],
): unknown {
  let shown = value;
  for (const { rule, pointer, action, direction: way } of findings) {
    if (way !== direction) continue;
    if (stops.has(rule)) return notRecorded(value, `it was not looked through (${rule})`);
    // Where it was redacted, exactly that part is gone.
    if (rule !== partly || action === "redacted") continue;
    const place = placesOf(pointer).find((it) => textAt(value, it) !== undefined);
    const why = `not all of it was looked through (${rule})`;
    if (place === undefined) return notRecorded(value, why);
    shown = replacedAt(shown, place, notRecorded(textAt(value, place), why));
  }
  return shown;
}

/** Records hold arguments and results by themselves; findings tell of places in the message around them, too. */
function placesOf(pointer: string): readonly string[] {
  const around = ["", "/arguments", "/params", "/params/arguments", "/result", "/error"];
  return around.flatMap((it) => (pointer.startsWith(`${it}/`) ? [pointer.slice(it.length)] : []));
}

/** Stands in a record where a value would: how long it is, and the SHA-256 of the text, or of its JSON. */
export function notRecorded(value: unknown, why: string): string {
  const text = textOf(value);
  if (text === undefined) return `[not recorded: ${why}]`;
  const sha256 = createHash("sha256").update(text).digest("hex");
  return `[not recorded: ${why}; ${Buffer.byteLength(text)} bytes, sha256 ${sha256}]`;
}

/** Undefined when it is no JSON, or nested deeper than JSON.stringify can go. */
function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value) ?? "null";
  } catch {
    return undefined;
  }
}
