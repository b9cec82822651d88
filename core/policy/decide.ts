import type { CallFacts } from "./call-facts.ts";
import { type FlowRuling, noFlows } from "./compiled-flows.ts";
import type {
  CompiledApproval,
  CompiledLimit,
  CompiledPolicy,
  CompiledRule,
} from "./compiled-policy.ts";
import type {
  DefinitionActionName,
  DefinitionSettings,
  ScanSettings,
} from "./compiled-scanning.ts";
import type { OperationVerdicts, Verdict } from "./match.ts";
import { overridden } from "./overridden.ts";

/** What the policy says of one call. */
export type Decision = (
  | { readonly effect: "allow" | "deny" }
  | { readonly effect: "approve"; readonly approval: CompiledApproval }
) & {
  /** Undefined when no rule matched, which is a denial. */
  readonly rule: string | undefined;
  readonly reason: string;
  /** Names of the operations that the call belongs to. */
  readonly operations: readonly string[];
};

/** What one limit counts of one call. */
export interface Charge {
  readonly limit: CompiledLimit;
  /** Of a budget; the call itself counts as one. */
  readonly cost: number;
  /** Of the limit's `perValueOf`, in its order. Undefined: not known, which is a value of its own. */
  readonly values: readonly (string | undefined)[];
}

/** Everything the policy says of one call. */
export interface Ruling {
  readonly decision: Decision;
  /** The limits that count this call. One whose condition cannot be evaluated counts it too. */
  readonly charges: readonly Charge[];
  readonly scan: ScanSettings;
  /** The flows that look at this call. One whose condition cannot be evaluated looks at it too, unless it allows. */
  readonly flows: FlowRuling;
  /** The types of redaction tokens in whose place the tool gets what they stand for, unless it can send. */
  readonly restores: ReadonlySet<string>;
  /** What a token must be good for. One whose condition cannot be evaluated asks for its scopes too. */
  readonly scopes: readonly string[];
}

/** Asks the policy about one call. Operations are evaluated once. */
export function consult(policy: CompiledPolicy, call: CallFacts): Ruling {
  const verdicts = operationsOf(policy, call);
  const scan = scanSettingsFor(policy, call, verdicts);
  return {
    decision: decide(policy, call, verdicts),
    charges: policy.limits
      .filter((limit) => limit.matcher(call, verdicts) !== "no")
      .map((limit) => chargeOf(limit, call, verdicts)),
    scan,
    restores: restoredFor(policy, call, { verdicts, scan }),
    flows: flowsFor(policy, call, verdicts),
    scopes: policy.identity.scopes.flatMap(({ matcher, scopes }) =>
      matcher(call, verdicts) === "no" ? [] : scopes,
    ),
  };
}

/** A price whose condition cannot be evaluated applies, and the highest that applies counts: not knowing makes nothing cheaper. */
function chargeOf(limit: CompiledLimit, call: CallFacts, verdicts: OperationVerdicts): Charge {
  const costs = limit.costs
    .filter(({ matcher }) => matcher(call, verdicts) !== "no")
    .map(({ cost, matcher }) => (matcher(call, verdicts) === "yes" ? cost : Math.max(cost, 1)));
  return {
    limit,
    cost: costs.length > 0 ? Math.max(...costs) : 1,
    values: limit.perValueOf.map(({ read }) => read(call)),
  };
}

/**
 * Deny over approve over allow, so the order of the rules does not matter; no match is a denial.
 * A condition that cannot be evaluated counts as a match for deny and approve
 * and as none for allow: failing never allows.
 */
function decide(policy: CompiledPolicy, call: CallFacts, verdicts: OperationVerdicts): Decision {
  const operations = [...verdicts.keys()];
  const matching = (action: CompiledRule["action"], accepts: (verdict: Verdict) => boolean) =>
    policy.rules.filter((rule) => rule.action === action && accepts(rule.matcher(call, verdicts)));
  const atLeastMaybe = (verdict: Verdict) => verdict !== "no";

  const [denial] = matching("deny", atLeastMaybe);
  if (denial) {
    return { effect: "deny", rule: denial.name, reason: denial.reason, operations };
  }
  const strictest = strictestOf(matching("approve", atLeastMaybe));
  if (strictest?.approval) {
    const { name, reason, approval } = strictest;
    return { effect: "approve", approval, rule: name, reason, operations };
  }
  const [permission] = matching("allow", (verdict) => verdict === "yes");
  if (permission) {
    return { effect: "allow", rule: permission.name, reason: permission.reason, operations };
  }
  return { effect: "deny", rule: undefined, reason: "no rule allows this call", operations };
}

/** Whether some call of this subject could be allowed or approved, whatever its arguments: lists show it then. */
export function mayUse(policy: CompiledPolicy, call: CallFacts): boolean {
  const subject: CallFacts = { ...call, arguments: undefined };
  const verdicts = operationsOf(policy, subject);
  let possible = false;
  for (const rule of policy.rules) {
    const verdict = rule.matcher(subject, verdicts);
    if (rule.action === "deny" && verdict === "yes") return false;
    possible ||= rule.action !== "deny" && verdict !== "no";
  }
  return possible;
}

/**
 * What is looked at in this call: the profile, then each override that matches.
 * An override or exception whose condition cannot be evaluated is skipped: it might switch a check off.
 */
function scanSettingsFor(
  policy: CompiledPolicy,
  call: CallFacts,
  verdicts: OperationVerdicts,
): ScanSettings {
  const { profile, overrides, exceptions, scanners } = policy.scanning;
  let settings = profile;
  for (const override of overrides) {
    if (override.matcher(call, verdicts) !== "yes") continue;
    settings = overridden(settings, override);
  }
  const accepted = exceptions.filter(({ matcher }) => matcher(call, verdicts) === "yes");
  if (accepted.length > 0) settings = { ...settings, exceptions: accepted };
  // Not knowing asks: a condition that cannot be evaluated must not be a way around a scanner.
  const asked = scanners.filter(({ matcher }) => matcher(call, verdicts) !== "no");
  if (asked.length === 0) return settings;
  return { ...settings, scanners: asked.map(({ scanner }) => scanner) };
}

const nothing: ReadonlySet<string> = new Set();

/** Not knowing restores nothing. Where the scan only monitors, nothing was taken out that could be put back. */
function restoredFor(
  { scanning: { vault } }: CompiledPolicy,
  call: CallFacts,
  { verdicts, scan }: { readonly verdicts: OperationVerdicts; readonly scan: ScanSettings },
): ReadonlySet<string> {
  if (!vault || call.kind !== "tool" || scan.mode === "monitor") return nothing;
  return vault.matcher(call, verdicts) === "yes" ? vault.types : nothing;
}

/** All that the policy may want looked at in some call: with each override by itself. */
export function scanSettingsOf({ scanning }: CompiledPolicy): readonly ScanSettings[] {
  const { profile, overrides } = scanning;
  return [profile, ...overrides.map((override) => overridden(profile, override))];
}

/** A label whose condition cannot be evaluated is added, and none is taken away for one: not knowing makes nothing harmless. */
function flowsFor(
  policy: CompiledPolicy,
  call: CallFacts,
  verdicts: OperationVerdicts,
): FlowRuling {
  const { flows, labels } = policy.scanning.flows;
  if (flows.length === 0 && !policy.scanning.vault) return noFlows;
  const labellings = labels.map(({ matcher, ...rest }) => ({
    ...rest,
    verdict: matcher(call, verdicts),
  }));
  return {
    flows: flows.filter(({ matcher, action }) => {
      const verdict = matcher(call, verdicts);
      return action === "allow" ? verdict === "yes" : verdict !== "no";
    }),
    labels: labellings.flatMap((it) => (it.verdict === "no" ? [] : it.labels)),
    not: labellings.flatMap((it) => (it.verdict === "yes" ? it.not : [])),
  };
}

/** What the operator says of what a tool does, whatever its arguments and whoever calls it. */
export function labellingFor(
  policy: CompiledPolicy,
  tool: CallFacts,
): Pick<FlowRuling, "labels" | "not"> {
  return flowsFor(policy, { ...tool, arguments: undefined }, operationsOf(policy, tool));
}

/** What becomes of what a server says, where its definition was not accepted. Nothing is, where the profile only monitors. */
export function definitionSettingsFor(policy: CompiledPolicy, tool: CallFacts): DefinitionSettings {
  const { scanning } = policy;
  const isPlain = scanning.overrides.every(({ definitions }) => isEmpty(definitions));
  const settings = isPlain
    ? scanning.profile
    : scanSettingsFor(policy, { ...tool, arguments: undefined }, operationsOf(policy, tool));
  return settings.mode === "monitor"
    ? withoutQuarantine(settings.definitions)
    : settings.definitions;
}

function isEmpty(definitions: Partial<DefinitionSettings>): boolean {
  return Object.keys(definitions).length === 0;
}

function withoutQuarantine(settings: DefinitionSettings): DefinitionSettings {
  const mild = (action: DefinitionSettings["poisoning"]): DefinitionActionName =>
    action === "quarantine" || action === "block" ? "log" : action;
  const { changed, unseen, poisoning, server } = settings;
  return {
    ...settings,
    changed: mild(changed),
    unseen: mild(unseen),
    poisoning: mild(poisoning),
    server: mild(server),
  };
}

const noOperations: OperationVerdicts = new Map();

function operationsOf(policy: CompiledPolicy, call: CallFacts): OperationVerdicts {
  if (call.kind !== "tool" || policy.operations.length === 0) return noOperations;
  const verdicts = new Map<string, Verdict>();
  for (const operation of policy.operations) {
    const verdict = operation.matcher(call, noOperations);
    if (verdict !== "no") verdicts.set(operation.name, verdict);
  }
  return verdicts;
}

/** When several rules ask for approval, the largest quorum decides; then the name, so that order does not matter. */
function strictestOf(rules: readonly CompiledRule[]): CompiledRule | undefined {
  return rules.toSorted(
    (one, other) =>
      (other.approval?.quorum ?? 0) - (one.approval?.quorum ?? 0) ||
      (one.name < other.name ? -1 : 1),
  )[0];
}
