import type { Check } from "./suite.ts";

/** A check that came out more often on one side than on the other. */
export interface CheckDifference {
  readonly scenario: string;
  readonly id: string;
  readonly status: string;
  readonly direct: number;
  readonly through: number;
  /** What the suite said about it, where it came out. */
  readonly errorMessage: string | undefined;
}

/**
 * Every (scenario, check, status) that is not there equally often. A check may be made several times.
 * What is only information is the suite's log of messages: the gateway's own requests are in it too.
 */
export function compareChecks(
  direct: readonly Check[],
  through: readonly Check[],
): readonly CheckDifference[] {
  const counts = new Map<string, { check: Check; direct: number; through: number }>();
  const count = (checks: readonly Check[], side: "direct" | "through") => {
    for (const check of checks) {
      const key = [check.scenario, check.id, check.status].join("\n");
      const entry = counts.get(key) ?? { check, direct: 0, through: 0 };
      entry[side] = check.status === "INFO" ? 1 : entry[side] + 1;
      counts.set(key, entry);
    }
  };
  count(direct, "direct");
  count(through, "through");
  return [...counts.values()]
    .filter((entry) => entry.direct !== entry.through)
    .map(({ check: { scenario, id, status, errorMessage }, ...sides }) => ({
      scenario,
      id,
      status,
      ...sides,
      errorMessage,
    }));
}
