import { defaultScanSettings } from "../../core/policy/compile-scanning.ts";
import type { ResultScanSettings } from "../../core/policy/compiled-scanning.ts";

/** Takes whatever any detector finds out of results. */
export const redactedResults: ResultScanSettings = {
  ...defaultScanSettings.results,
  secrets: "redact",
  hiddenCharacters: "redact",
  personalData: "redact",
  promptInjection: "redact",
  links: "redact",
};
