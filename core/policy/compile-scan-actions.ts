import {
  ArgumentKind,
  type ArgumentScan,
  Certainty,
  PersonalData,
  type ResultScan,
  ScanAction,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import type {
  ArgumentActionName,
  ArgumentKindName,
  ArgumentScanSettings,
  PersonalDataName,
  ResultActionName,
  ResultScanSettings,
  ScanActionName,
} from "./compiled-scanning.ts";
import { compileGlob } from "./glob.ts";
import type { Problems } from "./problems.ts";

const actionNames: ReadonlyMap<number, ScanActionName> = new Map([
  [ScanAction.OFF, "off"],
  [ScanAction.LOG, "log"],
  [ScanAction.REDACT, "redact"],
  [ScanAction.BLOCK, "block"],
  [ScanAction.APPROVE, "approve"],
  [ScanAction.FLAG, "flag"],
]);

const personalDataNames: ReadonlyMap<number, PersonalDataName> = new Map([
  [PersonalData.CARD, "card"],
  [PersonalData.IBAN, "iban"],
  [PersonalData.EMAIL, "email"],
  [PersonalData.SSN, "ssn"],
  [PersonalData.PHONE, "phone"],
]);

const kindNames: ReadonlyMap<number, ArgumentKindName> = new Map([
  [ArgumentKind.ID, "id"],
  [ArgumentKind.PATH, "path"],
  [ArgumentKind.URL, "url"],
  [ArgumentKind.SQL, "sql"],
  [ArgumentKind.SHELL, "shell"],
  [ArgumentKind.CODE, "code"],
  [ArgumentKind.TEXT, "text"],
]);

/** What is said of the scan of arguments; what is not said is absent. */
export function argumentScan(
  scan: ArgumentScan | undefined,
  problems: Problems,
): Partial<ArgumentScanSettings> {
  if (!scan) return {};
  const schema = actionOf(scan.schema, problems.at("schema"));
  if (schema && schema !== "off" && schema !== "block") {
    problems.at("schema").add(`must be off or block, got ${schema}`);
  }
  const injection = wholeActionOf(scan.injection, problems.at("injection"));
  const hiddenCharacters = actionOf(scan.hiddenCharacters, problems.at("hiddenCharacters"));
  return defined<ArgumentScanSettings>({
    schema: schema && (schema === "off" ? "off" : "block"),
    unknownArguments: wholeActionOf(scan.unknownArguments, problems.at("unknownArguments")),
    secrets: actionOf(scan.secrets, problems.at("secrets")),
    hiddenCharacters,
    blocksCertainlyHidden: hiddenCharacters && false,
    injection,
    blocksCertainInjection: injection && false,
    personalData: actionOf(scan.personalData, problems.at("personalData")),
    personalDataTypes: typesOf(scan, problems.at("personalDataTypes")),
    kinds: kindsOf(scan.kinds, problems.at("kinds")),
    pathRoots: given(scan.pathRoots.map((root, index) => rootOf(root, problems, index))),
    urlHosts: given(scan.urlHosts.map((host) => compileGlob(host.toLowerCase()))),
    sqlVerbs: given(scan.sqlVerbs.map((verb) => verb.toLowerCase())),
    shellCommands: given(scan.shellCommands),
  });
}

/** Of what nothing can be taken out of. */
function wholeActionOf(action: number, problems: Problems) {
  const name = actionOf(action, problems);
  if (name !== "redact") return name;
  problems.add("must be off, log, approve or block, got redact");
  return "block";
}

/** The same of results. */
export function resultScan(
  scan: ResultScan | undefined,
  problems: Problems,
): Partial<ResultScanSettings> {
  if (!scan) return {};
  return defined<ResultScanSettings>({
    secrets: resultActionOf(scan.secrets, problems.at("secrets")),
    hiddenCharacters: resultActionOf(scan.hiddenCharacters, problems.at("hiddenCharacters")),
    personalData: resultActionOf(scan.personalData, problems.at("personalData")),
    personalDataTypes: typesOf(scan, problems.at("personalDataTypes")),
    promptInjection: resultActionOf(scan.promptInjection, problems.at("promptInjection")),
    promptInjectionFrom: certaintyOf(scan.promptInjectionFrom, problems.at("promptInjectionFrom")),
    links: resultActionOf(scan.links, problems.at("links")),
  });
}

const certainties = new Map<number, ResultScanSettings["promptInjectionFrom"]>([
  [Certainty.CERTAIN, "certain"],
  [Certainty.SUSPECTED, "suspected"],
]);

function certaintyOf(certainty: number, problems: Problems) {
  if (certainty === Certainty.UNSPECIFIED) return undefined;
  const name = certainties.get(certainty);
  if (!name) problems.add(`is a certainty this release does not know (${certainty})`);
  return name;
}

/** The action's name, or undefined where none is said. */
export function actionOf(action: number, problems: Problems): ArgumentActionName | undefined {
  const name = nameOf(action, problems);
  if (name !== "flag") return name;
  problems.add("must not be flag: it tells agents of results");
  return "log";
}

function nameOf(action: number, problems: Problems): ScanActionName | undefined {
  if (action === ScanAction.UNSPECIFIED) return undefined;
  const name = actionNames.get(action);
  if (!name) problems.add(`is an action this release does not know (${action})`);
  return name;
}

/** As {@link actionOf}, of results. */
export function resultActionOf(action: number, problems: Problems): ResultActionName | undefined {
  const name = nameOf(action, problems);
  if (name !== "approve") return name;
  problems.add("must not be approve: the call was made, and its result cannot be held for people");
  return "block";
}

/** Who says what is done about personal data, and not about which, means mail addresses as well. */
const usualTypes: readonly PersonalDataName[] = ["card", "iban", "email", "ssn"];

function typesOf(
  { personalData, personalDataTypes }: Pick<ResultScan, "personalData" | "personalDataTypes">,
  problems: Problems,
): readonly PersonalDataName[] | undefined {
  const isSaid = personalData !== ScanAction.UNSPECIFIED;
  if (isSaid && personalDataTypes.length === 0) return usualTypes;
  return given(
    personalDataTypes.flatMap((type, index) => {
      const name = personalDataNames.get(type);
      if (!name) problems.at(index).add(`is a type this release does not know (${type})`);
      return name ?? [];
    }),
  );
}

function kindsOf(
  kinds: Readonly<Record<string, number>>,
  problems: Problems,
): ReadonlyMap<string, ArgumentKindName> | undefined {
  const entries = Object.entries(kinds).map(([argument, kind]) => {
    const name = kindNames.get(kind);
    if (!name) problems.at(argument).add(`is a kind this release does not know (${kind})`);
    return [argument, name ?? "id"] as const;
  });
  return entries.length > 0 ? new Map(entries) : undefined;
}

function rootOf(root: string, problems: Problems, index: number): string {
  const isClean = root.startsWith("/") && !root.split("/").includes("..");
  if (!isClean) {
    problems
      .at("pathRoots")
      .at(index)
      .add(`must be an absolute path without "..", got ${JSON.stringify(root)}`);
  }
  return root.endsWith("/") ? root : `${root}/`;
}

function given<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length > 0 ? list : undefined;
}

/** Leaves out what is undefined, so that spreading it keeps what stands below. */
function defined<T extends object>(values: { [Key in keyof T]: T[Key] | undefined }): Partial<T> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}
