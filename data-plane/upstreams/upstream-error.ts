/** Why an upstream gave no answer. The message is for the agent; the cause stays in the log. */
export class UpstreamError extends Error {
  override readonly name = "UpstreamError";
  readonly kind: "failed" | "timed-out" | "busy";

  constructor(message: string, options: ErrorOptions & { kind?: UpstreamError["kind"] } = {}) {
    super(message, options);
    this.kind = options.kind ?? "failed";
  }
}
