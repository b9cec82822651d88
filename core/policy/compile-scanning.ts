import {
  type ArgumentScan,
  type Policy,
  type ResultScan,
  ScanAction,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import type {
  ArgumentScanSettings,
  CompiledScanning,
  ResultScanSettings,
  ScanActionName,
  ScanSettings,
} from "./compiled-policy.ts";
import { checkNames, checkReference } from "./fields.ts";
import type { MatchCompiler } from "./match-compiler.ts";
import type { Problems } from "./problems.ts";

const actionNames: ReadonlyMap<number, ScanActionName> = new Map([
  [ScanAction.OFF, "off"],
  [ScanAction.LOG, "log"],
  [ScanAction.REDACT, "redact"],
  [ScanAction.BLOCK, "block"],
]);

/** What is looked at where the policy says nothing: arguments must fit the schema; the rest is only recorded. */
const unsaid: ScanSettings = {
  profile: "built-in",
  arguments: { schema: "block", secrets: "log", hiddenCharacters: "log" },
  results: { secrets: "log", hiddenCharacters: "log" },
};

export function compileScanning(
  policy: Policy,
  compileMatch: MatchCompiler,
  problems: Problems,
): CompiledScanning {
  const { scanning } = policy;
  if (!scanning) return { profile: unsaid, overrides: [] };
  const at = problems.at("scanning");
  checkNames(scanning.profiles, at.at("profiles"));
  const profiles = scanning.profiles.map((profile, index): ScanSettings => {
    const here = at.at("profiles").at(index);
    return {
      profile: profile.name,
      arguments: { ...unsaid.arguments, ...argumentScan(profile.arguments, here.at("arguments")) },
      results: { ...unsaid.results, ...resultScan(profile.results, here.at("results")) },
    };
  });
  if (scanning.default !== "") {
    const names = new Set(scanning.profiles.map(({ name }) => name));
    checkReference(scanning.default, names, "scan profile", at.at("default"));
  }
  return {
    profile: profiles.find(({ profile }) => profile === scanning.default) ?? profiles[0] ?? unsaid,
    overrides: scanning.overrides.map((override, index) => {
      const here = at.at("overrides").at(index);
      return {
        matcher: compileMatch(override.match, here.at("match")),
        arguments: argumentScan(override.arguments, here.at("arguments")),
        results: resultScan(override.results, here.at("results")),
      };
    }),
  };
}

function argumentScan(
  scan: ArgumentScan | undefined,
  problems: Problems,
): Partial<ArgumentScanSettings> {
  if (!scan) return {};
  const schema = actionOf(scan.schema, problems.at("schema"));
  if (schema === "log" || schema === "redact") {
    problems.at("schema").add(`must be off or block, got ${schema}`);
  }
  return defined<ArgumentScanSettings>({
    schema: schema && (schema === "off" ? "off" : "block"),
    secrets: actionOf(scan.secrets, problems.at("secrets")),
    hiddenCharacters: actionOf(scan.hiddenCharacters, problems.at("hiddenCharacters")),
  });
}

function resultScan(scan: ResultScan | undefined, problems: Problems): Partial<ResultScanSettings> {
  if (!scan) return {};
  return defined<ResultScanSettings>({
    secrets: actionOf(scan.secrets, problems.at("secrets")),
    hiddenCharacters: actionOf(scan.hiddenCharacters, problems.at("hiddenCharacters")),
  });
}

function actionOf(action: number, problems: Problems): ScanActionName | undefined {
  if (action === ScanAction.UNSPECIFIED) return undefined;
  const name = actionNames.get(action);
  if (!name) problems.add(`is an action this release does not know (${action})`);
  return name;
}

/** Leaves out what is undefined, so that spreading it keeps what stands below. */
function defined<T extends object>(values: { [Key in keyof T]: T[Key] | undefined }): Partial<T> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}
