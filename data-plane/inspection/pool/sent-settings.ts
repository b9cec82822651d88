import { RE2JS } from "re2js";
import { defaultScanSettings } from "../../../core/policy/compile-scanning.ts";
import type { CustomDetector, ScanSettings } from "../../../core/policy/compiled-scanning.ts";

/** The settings of a scan of results, as threads can send them to each other. */
export interface SentSettings extends Pick<ScanSettings, "mode" | "results" | "budget"> {
  readonly detectors: readonly (Omit<CustomDetector, "pattern"> & {
    readonly pattern: { readonly source: string; readonly flags: number } | undefined;
  })[];
}

/** Undefined: exceptions cannot be sent, since their globs are compiled. */
export function toSent({
  mode,
  results,
  budget,
  detectors,
  exceptions,
}: ScanSettings): SentSettings | undefined {
  if (exceptions.length > 0) return undefined;
  return {
    mode,
    results,
    budget,
    detectors: detectors.map(({ pattern, ...detector }) => ({
      ...detector,
      pattern: pattern && { source: pattern.pattern(), flags: pattern.flags() },
    })),
  };
}

export function fromSent({ detectors, ...sent }: SentSettings): ScanSettings {
  return {
    ...defaultScanSettings,
    ...sent,
    detectors: detectors.map(({ pattern, ...detector }) => ({
      ...detector,
      pattern: pattern && RE2JS.compile(pattern.source, pattern.flags),
    })),
  };
}
