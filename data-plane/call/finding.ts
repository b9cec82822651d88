/** What a detector found, and what was done about it. Never holds what was found. */
export interface Finding {
  /** Id of the rule, such as "secrets.github-token" or "schema". */
  readonly rule: string;
  readonly direction: "arguments" | "result";
  /** JSON Pointer (RFC 6901) into the arguments or the message. */
  readonly pointer: string;
  /** "would-…": what the profile would have done if it did not only monitor. "excepted": an exception accepts it. */
  readonly action:
    | "logged"
    | "flagged"
    | "redacted"
    | "held"
    | "blocked"
    | "excepted"
    | "would-flag"
    | "would-redact"
    | "would-hold"
    | "would-block";
  /** What people need to know beside it. Ours, and never what was found. */
  readonly detail?: string;
}

/** A finding in one line, for people. */
export function describeFinding({ rule, pointer, action, detail }: Finding): string {
  const place = detail ?? `at ${pointer || "/"}`;
  return `${rule}${detail === undefined ? " " : ": "}${place} (${action})`.slice(0, 400);
}
