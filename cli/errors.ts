/** What the exit code of mcpctl says. */
export const exitCodes = {
  /** The thing asked for failed or was refused. */
  failed: 1,
  "wrong-usage": 2,
  /** The control plane cannot be reached, cannot do it now, or does not know us. */
  unreachable: 3,
} as const;

export type Failure = keyof typeof exitCodes;

/** An expected end of a command. Its message says what happened, to what, and what to do next. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly failure: Failure;

  constructor(failure: Failure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.failure = failure;
  }
}

/** The thing asked for failed or was refused. */
export function failed(message: string, options?: ErrorOptions): CliError {
  return new CliError("failed", message, options);
}

export function wrongUsage(message: string): CliError {
  return new CliError("wrong-usage", message);
}

export function unreachable(message: string, options?: ErrorOptions): CliError {
  return new CliError("unreachable", message, options);
}
