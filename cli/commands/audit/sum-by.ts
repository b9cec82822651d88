import type { CallCount } from "../../../proto/gen/mcpgateway/v1/audit_service_pb.ts";

/** What calls are counted by. */
export const dimensions = ["outcome", "agent", "tool", "rule"] as const;
export type Dimension = (typeof dimensions)[number];

export interface Sum {
  readonly name: string;
  calls: number;
  held: number;
}

/** Adds up what is the same in one respect, the most calls first. */
export function sumBy(counts: readonly CallCount[], by: Dimension): readonly Sum[] {
  const sums = new Map<string, Sum>();
  for (const count of counts) {
    const name = count[by];
    const sum = sums.get(name) ?? { name, calls: 0, held: 0 };
    sums.set(name, sum);
    sum.calls += count.calls;
    sum.held += count.held;
  }
  return [...sums.values()].sort((one, other) => other.calls - one.calls);
}
