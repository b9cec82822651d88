/** The right to send a call that may be sent once. */
export interface SendingRight {
  /** To be called as the call's first byte is about to leave. Throws {@link RightIsOver} when it must not. */
  depart(): void;
}

/** Others may have given the call up meanwhile: sending it now could run it twice. */
export class RightIsOver extends Error {
  override readonly name = "RightIsOver";

  constructor(approvalId: string) {
    super(`the right to execute approval ${approvalId} is over`);
  }
}
