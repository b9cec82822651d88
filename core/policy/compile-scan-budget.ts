import { type ScanBudget, ScanExceeded } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import type { ScanBudgetSettings } from "./compiled-scanning.ts";
import type { Problems } from "./problems.ts";

const mebibyte = 1_048_576;
/** Longer strings do not exist. */
const mostBytes = 500 * mebibyte;
const longestMs = 10_000;

/** What looking through one message may cost where the policy says nothing. */
export const defaultScanBudget: ScanBudgetSettings = {
  maxMs: 30,
  maxBytes: 80 * mebibyte,
  onExceed: "block",
};

const endings: ReadonlyMap<number, ScanBudgetSettings["onExceed"]> = new Map([
  [ScanExceeded.UNSPECIFIED, defaultScanBudget.onExceed],
  [ScanExceeded.BLOCK, "block"],
  [ScanExceeded.APPROVE, "approve"],
  [ScanExceeded.ALLOW, "allow"],
]);

export function compileScanBudget(
  budget: ScanBudget | undefined,
  problems: Problems,
): ScanBudgetSettings {
  if (!budget) return defaultScanBudget;
  const { maxMs, maxBytes, onExceed } = budget;
  if (maxMs > longestMs) problems.at("maxMs").add(`must be at most ${longestMs}, got ${maxMs}`);
  if (maxBytes > mostBytes) {
    problems.at("maxBytes").add(`must be at most ${mostBytes}, got ${maxBytes}`);
  }
  const ending = endings.get(onExceed);
  if (!ending) problems.at("onExceed").add(`is one this release does not know (${onExceed})`);
  return {
    maxMs: maxMs || defaultScanBudget.maxMs,
    maxBytes: maxBytes || defaultScanBudget.maxBytes,
    onExceed: ending ?? defaultScanBudget.onExceed,
  };
}
