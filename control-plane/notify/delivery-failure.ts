/** A message was not taken. The sentence goes to operators: it holds neither secrets nor what the receiver wrote. */
export class DeliveryFailure extends Error {
  override readonly name = "DeliveryFailure";
  /** Whether another try can help. */
  readonly mayPass: boolean;
  /** The receiver asked for so much time. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    options: ErrorOptions & { readonly mayPass: boolean; readonly retryAfterMs?: number },
  ) {
    super(message, options);
    this.mayPass = options.mayPass;
    this.retryAfterMs = options.retryAfterMs;
  }
}
