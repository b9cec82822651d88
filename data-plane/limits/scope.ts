import type { CompiledLimit } from "../../core/policy/compiled-policy.ts";
import type { CheckedLimit } from "../call/trail.ts";
import type { Counter } from "./counter.ts";

/** What a limit counts, in words for the agent. */
export function scopeOf(
  limit: CompiledLimit,
  quota: Counter["quota"],
  source: CheckedLimit["source"],
): string {
  return `${amountOf(quota)} ${countedFor(limit, quota)}${noteOf(source)}`;
}

function amountOf(quota: Counter["quota"]): string {
  const { kind, amount } = quota;
  if (kind === "concurrent") return `${amount} calls at a time`;
  const during = `in ${inWords(quota.windowMs)}`;
  if (kind === "cost") return `a total cost of ${amount} ${during}`;
  return kind === "subjects"
    ? `${amount} different tools, sessions or values ${during}`
    : `${amount} calls ${during}`;
}

function countedFor({ per, perValueOf }: CompiledLimit, quota: Counter["quota"]): string {
  if (quota.kind === "subjects") return "for each agent";
  const names = [...per, ...perValueOf.map(({ source }) => `value of ${source}`)];
  return names.length > 0 ? `for each ${names.join(" and ")}` : "for all calls together";
}

function noteOf(source: CheckedLimit["source"]): string {
  if (source === "redis") return "";
  return source === "local"
    ? "; shared counts are away, so this proxy counts its share alone"
    : "; calls cannot be counted at the moment";
}

function inWords(ms: number): string {
  const units = [
    [86_400_000, "d"],
    [3_600_000, "h"],
  ] as const;
  const [divisor, unit] = units.find(([length]) => ms >= length && ms % length === 0) ?? [
    1_000,
    "s",
  ];
  return `${ms / divisor} ${unit}`;
}
