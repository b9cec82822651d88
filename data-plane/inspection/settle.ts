import type { Finding } from "../call/finding.ts";
import type { FindingLog } from "./finding-log.ts";
import { ScanStopped } from "./scan-budget.ts";
import {
  blockedByDetectors,
  blockedByStop,
  heldByDetectors,
  type InspectionVerdict,
} from "./verdict.ts";

/** What becomes of a value whose texts were looked at: the strictest of what was found decides. */
export function afterTexts(
  direction: Finding["direction"],
  { log }: { readonly log: FindingLog },
  { original, value }: { readonly original: unknown; readonly value: unknown },
): InspectionVerdict {
  const { findings } = log;
  if (log.blocks) return blockedByDetectors(direction, findings);
  if (log.holds) return heldByDetectors(value, findings);
  return value === original ? { kind: "clean", findings } : { kind: "redacted", value, findings };
}

/** What cannot be looked through does not pass, whatever the cause. */
export function settled(
  direction: Finding["direction"],
  { log }: { readonly log: FindingLog },
  look: () => InspectionVerdict,
): InspectionVerdict {
  try {
    return look();
  } catch (error) {
    const stopped =
      error instanceof ScanStopped ? error : new ScanStopped("scan.limits", "it cannot be read");
    return blockedByStop(direction, stopped, log.findings);
  }
}
