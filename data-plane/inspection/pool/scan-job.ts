import type { Carry } from "../carry.ts";
import type { InspectionVerdict } from "../verdict.ts";
import type { Edit } from "./edits.ts";
import type { SentSettings } from "./sent-settings.ts";

/** What a worker is asked. */
export interface ScanJob {
  readonly id: number;
  /** One JSON-RPC message in UTF-8. */
  readonly bytes: Uint8Array;
  readonly settings: SentSettings;
  /** What was said before. */
  readonly carry: Carry;
}

/** What it answers: of the changed value only what is different. */
export interface ScanDone {
  readonly id: number;
  readonly verdict: InspectionVerdict;
  readonly edits: readonly Edit[];
  /** Whether every parser reads the bytes the same. */
  readonly isAsRead: boolean;
}
