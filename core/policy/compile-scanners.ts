import {
  type ExternalScanner,
  ScanAction,
  ScannerCondition,
  ScannerInput,
  WhenScannerUnavailable,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { headerOf } from "./compile-credentials.ts";
import type {
  CompiledScanner,
  ExternalActionName,
  ScannerInputName,
  SeverityName,
} from "./compiled-scanner.ts";
import { checkNames, count, durationMs } from "./fields.ts";
import type { Matcher } from "./match.ts";
import type { MatchCompiler } from "./match-compiler.ts";
import { checkUrl, compileNamedSecret, compileNetwork, compileTls } from "./outward.ts";
import type { Problems } from "./problems.ts";

const maxScanners = 10;
const second = 1_000;
const mebibyte = 1_048_576;

const inputNames: ReadonlyMap<number, ScannerInputName> = new Map([
  [ScannerInput.ARGUMENTS, "arguments"],
  [ScannerInput.RESULTS, "results"],
  [ScannerInput.DEFINITIONS, "definitions"],
]);
const conditions: ReadonlyMap<number, boolean> = new Map([
  [ScannerCondition.UNSPECIFIED, false],
  [ScannerCondition.ALWAYS, false],
  [ScannerCondition.SUSPICIOUS, true],
]);
const unavailableNames: ReadonlyMap<number, CompiledScanner["whenUnavailable"]> = new Map([
  [WhenScannerUnavailable.UNSPECIFIED, "block"],
  [WhenScannerUnavailable.BLOCK, "block"],
  [WhenScannerUnavailable.ALLOW, "allow"],
  [WhenScannerUnavailable.APPROVE, "approve"],
]);
const actionNames: ReadonlyMap<number, ExternalActionName> = new Map([
  [ScanAction.LOG, "log"],
  [ScanAction.REDACT, "redact"],
  [ScanAction.APPROVE, "approve"],
  [ScanAction.BLOCK, "block"],
]);
const severities: ReadonlySet<string> = new Set(["low", "medium", "high", "critical"]);

/** A scanner and the calls that it is asked about. */
export interface MatchedScanner {
  readonly matcher: Matcher;
  readonly scanner: CompiledScanner;
}

/** Compiles the scanners outside of the gateway. */
export function compileScanners(
  scanners: readonly ExternalScanner[],
  compileMatch: MatchCompiler,
  problems: Problems,
): MatchedScanner[] {
  checkNames(scanners, problems);
  if (scanners.length > maxScanners) problems.add(`are more than ${maxScanners}`);
  return scanners.map((scanner, index) => {
    const at = problems.at(index);
    return {
      matcher: compileMatch(scanner.match, at.at("match")),
      scanner: compileScanner(scanner, at),
    };
  });
}

/** Whether the policy itself, and not only the scanner's answer, may hold calls for people. */
export function mayHold({ maxAction, actions, whenUnavailable }: CompiledScanner): boolean {
  return [maxAction, whenUnavailable, ...actions.values()].includes("approve");
}

function compileScanner(scanner: ExternalScanner, problems: Problems): CompiledScanner {
  const { url, credentials, signWith, tls, circuitBreaker } = scanner;
  const breaker = problems.at("circuitBreaker");
  checkUrl(url, problems.at("url"));
  return {
    name: scanner.name,
    url,
    ...whenAsked(scanner, problems),
    timeoutMs: durationMs(
      scanner.timeout,
      { fallbackMs: 2 * second, minMs: 10, maxMs: 30 * second },
      problems.at("timeout"),
    ),
    ...whatFollows(scanner, problems),
    ...(credentials && {
      credentials: {
        header: headerOf(credentials.header || "Authorization", problems.at("credentials")),
        value: compileNamedSecret(credentials.value, problems.at("credentials").at("value")),
      },
    }),
    ...(signWith && { signWith: compileNamedSecret(signWith, problems.at("signWith")) }),
    ...(tls && { tls: compileTls(tls, url, problems.at("tls")) }),
    network: compileNetwork(scanner.network, problems.at("network")),
    maxBytes: count(
      scanner.maxBytes,
      { fallback: mebibyte, max: 8 * mebibyte },
      problems.at("maxBytes"),
    ),
    maxConcurrent: count(
      scanner.maxConcurrent,
      { fallback: 32, max: 1_000 },
      problems.at("maxConcurrent"),
    ),
    circuitBreaker: {
      failures: count(
        circuitBreaker?.failures ?? 0,
        { fallback: 5, max: 1_000_000 },
        breaker.at("failures"),
      ),
      openForMs: durationMs(
        circuitBreaker?.openFor,
        { fallbackMs: 15 * second, minMs: 100, maxMs: 3_600 * second },
        breaker.at("openFor"),
      ),
    },
  };
}

function whenAsked(
  { on, onlyWhen }: ExternalScanner,
  problems: Problems,
): Pick<CompiledScanner, "on" | "onlySuspicious"> {
  const inputs = on.flatMap((input, index) => {
    const name = inputNames.get(input);
    if (!name) problems.at("on").at(index).add(`is one this release does not know (${input})`);
    return name ?? [];
  });
  if (!conditions.has(onlyWhen)) {
    problems.at("onlyWhen").add(`is one this release does not know (${onlyWhen})`);
  }
  return {
    on: new Set<ScannerInputName>(inputs.length > 0 ? inputs : ["arguments", "results"]),
    onlySuspicious: conditions.get(onlyWhen) ?? false,
  };
}

function whatFollows(
  { whenUnavailable, maxAction, actions }: ExternalScanner,
  problems: Problems,
): Pick<CompiledScanner, "whenUnavailable" | "maxAction" | "actions"> {
  const unavailable = unavailableNames.get(whenUnavailable);
  if (!unavailable) {
    problems.at("whenUnavailable").add(`is one this release does not know (${whenUnavailable})`);
  }
  const bySeverity = Object.entries(actions).flatMap(([severity, action]) => {
    const at = problems.at("actions").at(severity);
    if (!isSeverity(severity)) {
      at.add("is no severity: low, medium, high or critical");
      return [];
    }
    return [[severity, actionOf(action, at)] as const];
  });
  return {
    whenUnavailable: unavailable ?? "block",
    maxAction:
      maxAction === ScanAction.UNSPECIFIED
        ? "block"
        : actionOf(maxAction, problems.at("maxAction")),
    actions: new Map(bySeverity),
  };
}

function isSeverity(word: string): word is SeverityName {
  return severities.has(word);
}

function actionOf(action: number, problems: Problems): ExternalActionName {
  const name = actionNames.get(action);
  if (!name) problems.add("must be log, redact, approve or block");
  return name ?? "block";
}
