import { RE2JS } from "re2js";
import { Checksum, type Detector } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { actionOf, resultActionOf } from "./compile-scan-actions.ts";
import type { CustomDetector } from "./compiled-scanning.ts";
import { checkNames } from "./fields.ts";
import type { Problems } from "./problems.ts";

const maxDetectors = 100;
const maxLiterals = 1_000;
const maxPatternLength = 1_024;

const checksumNames: ReadonlyMap<number, CustomDetector["checksum"]> = new Map([
  [Checksum.UNSPECIFIED, undefined],
  [Checksum.LUHN, "luhn"],
  [Checksum.IBAN, "iban"],
  [Checksum.MOD97, "mod97"],
]);

/** Compiles the operator's own detectors. */
export function compileDetectors(
  detectors: readonly Detector[],
  problems: Problems,
): CustomDetector[] {
  checkNames(detectors, problems);
  if (detectors.length > maxDetectors) problems.add(`are more than ${maxDetectors}`);
  return detectors.map((detector, index) => compileDetector(detector, problems.at(index)));
}

function compileDetector(detector: Detector, problems: Problems): CustomDetector {
  const { name, literals, pattern, checksum } = detector;
  if (literals.length === 0 && pattern === "") problems.add("needs literals or a pattern");
  if (literals.length > maxLiterals) {
    problems.at("literals").add(`are more than ${maxLiterals}`);
  }
  literals.forEach((literal, index) => {
    if (literal.length < 2 || literal.length > 256) {
      problems.at("literals").at(index).add("must have 2 to 256 characters");
    }
  });
  if (!checksumNames.has(checksum)) {
    problems.at("checksum").add(`is one this release does not know (${checksum})`);
  }
  return {
    name,
    literals: literals.map((literal) => literal.toLowerCase()),
    pattern: patternOf(pattern, problems.at("pattern")),
    checksum: checksumNames.get(checksum),
    arguments: actionOf(detector.arguments, problems.at("arguments")) ?? "log",
    results: resultActionOf(detector.results, problems.at("results")) ?? "log",
  };
}

function patternOf(source: string, problems: Problems): RE2JS | undefined {
  if (source === "") return undefined;
  if (source.length > maxPatternLength) {
    problems.add(`is longer than ${maxPatternLength} characters`);
    return undefined;
  }
  try {
    const pattern = RE2JS.compile(source);
    if (pattern.matches("")) problems.add("matches the empty text");
    return pattern;
  } catch (error) {
    problems.add(`is no pattern that RE2 takes: ${(error as Error).message}`);
    return undefined;
  }
}
