import { compilePolicy } from "../../core/policy/compile.ts";
import { reviewExceptions } from "../../core/policy/review-exceptions.ts";
import type { Problem } from "./document-reader.ts";
import type { Manifest } from "./manifest.ts";

/** One thing wrong with what a policy says, as the compiler and the control plane tell it. */
export interface PolicyProblem {
  readonly path: string;
  readonly message: string;
}

/** Every problem of the document and of what it says, in the order of its lines. */
export function checkManifest(manifest: Manifest): readonly Problem[] {
  const compiled = compilePolicy(manifest.policy);
  const { problems } = reviewExceptions(manifest.policy, Date.now());
  return mergeProblems(manifest, [...(compiled.ok ? [] : compiled.problems), ...problems]);
}

/** What keeps nobody from pushing it, such as exceptions that have ended. */
export function warningsOf(manifest: Manifest): readonly Problem[] {
  const { warnings } = reviewExceptions(manifest.policy, Date.now());
  return warnings
    .filter(({ path }) => !manifest.isUnread(path))
    .map(({ path, message }) => ({ path, message, ...manifest.locate(path) }));
}

/**
 * Joins the problems of the document with those of its meaning. A value that could not be read
 * seems absent to the compiler: what it says about such a place would only mislead.
 */
export function mergeProblems(
  manifest: Manifest,
  meaning: readonly PolicyProblem[],
): readonly Problem[] {
  const located = meaning
    .filter(({ path }) => !manifest.isUnread(path))
    .map(({ path, message }) => ({ path, message, ...manifest.locate(path) }));
  const unique = new Map(
    [...manifest.problems, ...located].map((problem) => [
      JSON.stringify([problem.path, problem.message, problem.line]),
      problem,
    ]),
  );
  return [...unique.values()].sort(
    (one, other) => (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0),
  );
}

/** One line per problem: `FILE:LINE:COLUMN: path: message`. */
export function formatProblems(file: string, problems: readonly Problem[]): string {
  return problems
    .map(({ path, message, line, column }) => {
      const place = `${file}:${line ?? 1}:${column ?? 1}`;
      return [place, path, message].filter((part) => part !== "").join(": ");
    })
    .join("\n");
}
