/** Why a call's signal aborted: its agent said that it no longer wants the answer. */
export class CallCancelled extends Error {
  override readonly name = "CallCancelled";
}
