import type { RE2JS } from "re2js";
import type { CompiledFlows } from "./compiled-flows.ts";
import type { CompiledScanner } from "./compiled-scanner.ts";
import type { GlobMatcher } from "./glob.ts";
import type { Matcher } from "./match.ts";

/** From the mildest to the strictest. */
export type ScanActionName = "off" | "log" | "flag" | "redact" | "approve" | "block";

export type PersonalDataName = "card" | "iban" | "email" | "ssn" | "phone";

export type ArgumentKindName = "id" | "path" | "url" | "sql" | "shell" | "code" | "text";

/** What can be done about arguments: nobody reads notes on what was sent. */
export type ArgumentActionName = Exclude<ScanActionName, "flag">;

export interface ArgumentScanSettings {
  readonly schema: "off" | "block";
  /** Those that the schema neither names nor forbids. */
  readonly unknownArguments: Exclude<ArgumentActionName, "redact">;
  readonly secrets: ArgumentActionName;
  readonly hiddenCharacters: ArgumentActionName;
  /** Whether what is beyond doubt blocks: so it does until the policy says what is done about hidden characters. */
  readonly blocksCertainlyHidden: boolean;
  readonly injection: Exclude<ArgumentActionName, "redact">;
  /** The same of payloads. */
  readonly blocksCertainInjection: boolean;
  readonly personalData: ArgumentActionName;
  readonly personalDataTypes: readonly PersonalDataName[];
  /** By name or path of the argument. */
  readonly kinds: ReadonlyMap<string, ArgumentKindName>;
  /** Empty: any, as with the three below. */
  readonly pathRoots: readonly string[];
  readonly urlHosts: readonly GlobMatcher[];
  /** In lower case. */
  readonly sqlVerbs: readonly string[];
  readonly shellCommands: readonly string[];
}

/** What can be done about an answer: nobody can be asked before it is read. */
export type ResultActionName = Exclude<ScanActionName, "approve">;

export interface ResultScanSettings {
  readonly secrets: ResultActionName;
  readonly hiddenCharacters: ResultActionName;
  readonly personalData: ResultActionName;
  readonly personalDataTypes: readonly PersonalDataName[];
  readonly promptInjection: ResultActionName;
  /** From where on that action is taken. What is weaker is flagged, or recorded where the action is no stricter. */
  readonly promptInjectionFrom: "certain" | "suspected";
  readonly links: ResultActionName;
}

export type DefinitionActionName = "off" | "log" | "quarantine";

/** What becomes of what servers say, where it was not accepted. */
export interface DefinitionSettings {
  readonly changed: DefinitionActionName;
  readonly unseen: DefinitionActionName;
  readonly poisoning: DefinitionActionName | "block";
  readonly trust: "tofu" | "manual" | "locked";
  /** Of a server that is not who it was. */
  readonly server: DefinitionActionName;
  readonly resources: "scan" | "pin";
  /** What becomes of a change of white space and spelling alone. */
  readonly cosmetic: "review" | "accept";
}

/** A finding that is known and accepted until some time. */
export interface ScanExceptionSettings {
  readonly matchesRule: GlobMatcher;
  readonly matchesPath: GlobMatcher;
  /** Milliseconds since 1970, exclusive. */
  readonly untilMs: number;
}

/** A detector that the operator wrote. */
export interface CustomDetector {
  readonly name: string;
  /** In lower case. */
  readonly literals: readonly string[];
  readonly pattern: RE2JS | undefined;
  readonly checksum: "luhn" | "iban" | "mod97" | undefined;
  readonly arguments: ArgumentActionName;
  readonly results: ResultActionName;
}

/** What looking through one message may cost. */
export interface ScanBudgetSettings {
  /** Milliseconds of processor time, beyond what reading takes. */
  readonly maxMs: number;
  /** Of all texts of the message. */
  readonly maxBytes: number;
  /** What becomes of what would cost more. */
  readonly onExceed: "block" | "approve" | "allow";
}

/** What is looked at in one call. */
export interface ScanSettings {
  readonly profile: string;
  readonly mode: "enforce" | "monitor";
  /** Name of the entry of approvals that decides what is held. */
  readonly approval: string | undefined;
  readonly arguments: ArgumentScanSettings;
  readonly results: ResultScanSettings;
  readonly definitions: DefinitionSettings;
  readonly detectors: readonly CustomDetector[];
  readonly budget: ScanBudgetSettings;
  /** Those that match the call. */
  readonly exceptions: readonly ScanExceptionSettings[];
  /** Those outside of the gateway that are asked about the call. */
  readonly scanners: readonly CompiledScanner[];
}

/** What is kept of what results are redacted of, and where it may stand again. */
export interface CompiledVault {
  readonly keepForMs: number;
  /** As tokens name them. */
  readonly types: ReadonlySet<string>;
  /** The calls that get values in the place of tokens. */
  readonly matcher: Matcher;
}

export interface CompiledScanning {
  readonly profile: ScanSettings;
  /** In the order of the document; later ones win. */
  readonly overrides: readonly {
    readonly matcher: Matcher;
    readonly arguments: Partial<ArgumentScanSettings>;
    readonly results: Partial<ResultScanSettings>;
    readonly definitions: Partial<DefinitionSettings>;
  }[];
  readonly exceptions: readonly (ScanExceptionSettings & { readonly matcher: Matcher })[];
  readonly scanners: readonly { readonly matcher: Matcher; readonly scanner: CompiledScanner }[];
  readonly flows: CompiledFlows;
  /** Absent: nothing is kept. */
  readonly vault?: CompiledVault;
}
