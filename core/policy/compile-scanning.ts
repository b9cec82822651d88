import {
  type Policy,
  type ScanException,
  ScanMode,
  type Scanning,
  type ScanProfile,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { definitionPins } from "./compile-definitions.ts";
import { compileDetectors } from "./compile-detectors.ts";
import { compileFlows, emptyFlows } from "./compile-flows.ts";
import { argumentScan, resultScan } from "./compile-scan-actions.ts";
import { compileScanBudget, defaultScanBudget } from "./compile-scan-budget.ts";
import { compileScanners, mayHold } from "./compile-scanners.ts";
import { compileVault } from "./compile-vault.ts";
import type { CompiledApproval } from "./compiled-policy.ts";
import type {
  CompiledScanning,
  CustomDetector,
  ScanBudgetSettings,
  ScanSettings,
} from "./compiled-scanning.ts";
import { checkNames, checkReference } from "./fields.ts";
import { compileGlob } from "./glob.ts";
import type { MatchCompiler } from "./match-compiler.ts";
import { overridden } from "./overridden.ts";
import type { Problems } from "./problems.ts";

/** Those that a check digit or a fixed shape tells, and that no ordinary call is about: mail addresses are. */
const recordedTypes = ["card", "iban", "ssn"] as const;

/** What is looked at where the policy says nothing: arguments must fit the schema, and what no honest call holds blocks;
 * the rest is only recorded. */
export const defaultScanSettings: ScanSettings = {
  profile: "built-in",
  mode: "enforce",
  approval: undefined,
  arguments: {
    schema: "block",
    unknownArguments: "log",
    secrets: "log",
    hiddenCharacters: "log",
    blocksCertainlyHidden: true,
    injection: "log",
    blocksCertainInjection: true,
    personalData: "log",
    personalDataTypes: recordedTypes,
    kinds: new Map(),
    pathRoots: [],
    urlHosts: [],
    sqlVerbs: [],
    shellCommands: [],
  },
  results: {
    secrets: "log",
    hiddenCharacters: "log",
    personalData: "log",
    personalDataTypes: recordedTypes,
    promptInjection: "log",
    promptInjectionFrom: "certain",
    links: "log",
  },
  definitions: {
    changed: "quarantine",
    unseen: "quarantine",
    poisoning: "quarantine",
    trust: "tofu",
    server: "log",
    resources: "scan",
    cosmetic: "review",
  },
  detectors: [],
  budget: defaultScanBudget,
  exceptions: [],
  scanners: [],
};

/** `approvals`: those that can hold calls. */
export function compileScanning(
  { scanning }: Policy,
  known: {
    readonly approvals: ReadonlyMap<string, CompiledApproval>;
    readonly compileMatch: MatchCompiler;
  },
  problems: Problems,
): CompiledScanning {
  if (!scanning) {
    return {
      profile: defaultScanSettings,
      overrides: [],
      exceptions: [],
      scanners: [],
      flows: emptyFlows,
    };
  }
  const at = problems.at("scanning");
  const { compileMatch } = known;
  const approvals = new Set(known.approvals.keys());
  const detectors = compileDetectors(scanning.detectors, at.at("detectors"));
  const budget = compileScanBudget(scanning.budget, at.at("budget"));
  const chosen = chosenProfile(scanning, at);
  checkNames(scanning.profiles, at.at("profiles"));
  const profiles = scanning.profiles.map((profile, index) =>
    compileProfile(profile, { detectors, approvals, budget }, at.at("profiles").at(index)),
  );
  const profile = profiles[chosen] ?? { ...defaultScanSettings, detectors, budget };
  if (budget.onExceed === "approve" && profile.approval === undefined) {
    at.at("budget").at("onExceed").add("holds calls (approve), but the profile names no approval");
  }
  const overrides = scanning.overrides.map((override, index) => {
    const here = at.at("overrides").at(index);
    return {
      matcher: compileMatch(override.match, here.at("match")),
      arguments: argumentScan(override.arguments, here.at("arguments")),
      results: resultScan(override.results, here.at("results")),
      definitions: definitionPins(override.definitions, here.at("definitions")),
    };
  });
  const needsApproval = overrides.some((override) => holds(override.arguments));
  if (needsApproval && profile.approval === undefined) {
    at.at("overrides").add("hold calls (approve), but the profile names no approval");
  }
  const scanners = compileScanners(scanning.scanners, compileMatch, at.at("scanners"));
  if (profile.approval === undefined && scanners.some(({ scanner }) => mayHold(scanner))) {
    at.at("scanners").add("hold calls (approve), but the profile names no approval");
  }
  const flows = compileFlows(scanning, known, at);
  const { vault } = scanning;
  const scans = [...profiles, profile, ...overrides.map((it) => overridden(profile, it))];
  const surroundings = { scans, labels: flows.labels, compileMatch };
  return {
    profile,
    overrides,
    scanners,
    exceptions: scanning.exceptions.map((exception, index) =>
      compileException(exception, compileMatch, at.at("exceptions").at(index)),
    ),
    flows,
    ...(vault && { vault: compileVault(vault, surroundings, at.at("vault")) }),
  };
}

function chosenProfile(scanning: Scanning, problems: Problems): number {
  if (scanning.default === "") return 0;
  const names = scanning.profiles.map(({ name }) => name);
  checkReference(scanning.default, new Set(names), "scan profile", problems.at("default"));
  return Math.max(names.indexOf(scanning.default), 0);
}

interface Surroundings {
  readonly detectors: readonly CustomDetector[];
  readonly approvals: ReadonlySet<string>;
  readonly budget: ScanBudgetSettings;
}

function compileProfile(
  profile: ScanProfile,
  { detectors, approvals, budget }: Surroundings,
  problems: Problems,
): ScanSettings {
  const settings: ScanSettings = {
    ...defaultScanSettings,
    profile: profile.name,
    mode: profile.mode === ScanMode.MONITOR ? "monitor" : "enforce",
    approval: profile.approval === "" ? undefined : profile.approval,
    arguments: {
      ...defaultScanSettings.arguments,
      ...argumentScan(profile.arguments, problems.at("arguments")),
    },
    results: {
      ...defaultScanSettings.results,
      ...resultScan(profile.results, problems.at("results")),
    },
    definitions: {
      ...defaultScanSettings.definitions,
      ...definitionPins(profile.definitions, problems.at("definitions")),
    },
    detectors,
    budget,
  };
  if (profile.mode > ScanMode.MONITOR) {
    problems.at("mode").add(`is a mode this release does not know (${profile.mode})`);
  }
  if (settings.approval !== undefined) {
    checkReference(settings.approval, approvals, "approval", problems.at("approval"));
  } else if (
    holds(settings.arguments) ||
    detectors.some((detector) => detector.arguments === "approve")
  ) {
    problems.at("approval").add("is missing: it says who decides what `approve` holds");
  }
  return settings;
}

function holds(settings: Partial<ScanSettings["arguments"]>): boolean {
  const { unknownArguments, secrets, hiddenCharacters, injection, personalData } = settings;
  const actions = [unknownArguments, secrets, hiddenCharacters, injection, personalData];
  return actions.includes("approve");
}

const dayMs = 86_400_000;

function compileException(
  exception: ScanException,
  compileMatch: MatchCompiler,
  problems: Problems,
): CompiledScanning["exceptions"][number] {
  const { rule, path, until, reason } = exception;
  if (rule === "") problems.at("rule").add("names no rule");
  if (reason.trim() === "") problems.at("reason").add("is missing: an exception says why");
  const lastDay = parseDay(until);
  if (Number.isNaN(lastDay)) {
    problems.at("until").add(`must be a day such as 2027-01-31, got ${JSON.stringify(until)}`);
  }
  return {
    matcher: compileMatch(exception.match, problems.at("match")),
    matchesRule: compileGlob(rule),
    matchesPath: compileGlob(path === "" ? "*" : path),
    untilMs: lastDay + dayMs,
  };
}

/** Its beginning in UTC. Not a number for what is no day, such as February 31, which Date takes for a day in March. */
function parseDay(text: string): number {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  const isItself = !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
  return isItself ? at : Number.NaN;
}
