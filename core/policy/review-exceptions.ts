import type { Policy } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { compileGlob } from "./glob.ts";
import { type Problem, Problems } from "./problems.ts";
import { ruleIds } from "./rule-ids.ts";

const yearMs = 365.25 * 86_400_000;
const dayMs = 86_400_000;
const maxYears = 10;
/** Their names are the operator's, and what their own scanners answer. */
const open = ["custom.", "external."];
/** Findings of these are made elsewhere: an exception would have no effect. */
const elsewhere = ["definition.", "flow."];

/**
 * What is wrong with exceptions of the scan today, for those who write a policy. Proxies do not ask: a policy goes on being good
 * when its exceptions end, and one of a later release may name rules that this one does not know.
 */
export function reviewExceptions(
  { scanning }: Pick<Policy, "scanning">,
  nowMs: number,
): { readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] } {
  const [problems, warnings] = [new Problems(), new Problems()];
  for (const [index, { rule, until }] of (scanning?.exceptions ?? []).entries()) {
    const at = (list: Problems) => list.at("scanning").at("exceptions").at(index);
    const wrong = rule === "" ? undefined : whatIsWrongWith(rule);
    if (wrong !== undefined) at(problems).at("rule").add(wrong);
    const endsAtMs = Date.parse(`${until}T00:00:00Z`) + dayMs;
    if (endsAtMs > nowMs + maxYears * yearMs) {
      at(problems).at("until").add(`is more than ${maxYears} years from now: ${until}`);
    }
    if (endsAtMs <= nowMs) {
      at(warnings).at("until").add(`is past: the exception has ended with ${until}, in UTC`);
    }
  }
  return { problems: problems.list, warnings: warnings.list };
}

function whatIsWrongWith(rule: string): string | undefined {
  if (elsewhere.some((family) => rule.startsWith(family))) {
    return `names ${JSON.stringify(rule)}, which no exception reaches: say it of "definitions" or "flows"`;
  }
  const beginning = rule.split("*", 1)[0] ?? "";
  const isOpen = open.some(
    (family) =>
      beginning.startsWith(family) || (rule.includes("*") && family.startsWith(beginning)),
  );
  if (isOpen || ruleIds.some(compileGlob(rule))) return undefined;
  const below = ruleIds.some(compileGlob(`${rule}.*`)) ? `; "${rule}.*" would` : "";
  return `names ${JSON.stringify(rule)}, which is no rule of docs/rules.md${below}`;
}
