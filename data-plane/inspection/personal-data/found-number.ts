import type { Span } from "../confirmers.ts";

/** A number of somebody, and what it is without what stands between its digits. */
export interface FoundNumber extends Span {
  readonly normalised: string;
}
