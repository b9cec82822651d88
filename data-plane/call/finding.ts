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
}

/** A finding in one line, for people. */
export function describeFinding({ rule, pointer, action }: Finding): string {
  return `${rule} at ${pointer || "/"} (${action})`.slice(0, 200);
}
