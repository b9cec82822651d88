import { nameOf } from "../../documents.ts";
import { type CliError, failed } from "../../errors.ts";
import { formatProblems } from "../../manifest/check.ts";
import type { Problem } from "../../manifest/document-reader.ts";
import { note, type OutputFormat, printResult } from "../../output.ts";

/** Tells what is odd about a document, and keeps nobody from anything. */
export function noteWarnings(file: string, warnings: readonly Problem[]): void {
  const told = warnings.map((it) => ({ ...it, message: `warning: ${it.message}` }));
  if (told.length > 0) note(formatProblems(nameOf(file), told));
}

/** Writes every problem to stdout: they are what was asked for. Fails when there are any. */
export async function printProblems(
  file: string,
  problems: readonly Problem[],
  format: OutputFormat,
): Promise<void> {
  const json = { problems: problems.map((problem) => ({ ...problem })) };
  if (problems.length === 0) {
    return printResult(format, json, () => `${nameOf(file)}: no problems`);
  }
  await printResult(format, json, () => formatProblems(nameOf(file), problems));
  throw refusal(file, problems);
}

/** Writes every problem that keeps a document from being pushed. Fails when there are any. */
export async function refuseProblems(
  file: string,
  problems: readonly Problem[],
  format: OutputFormat,
): Promise<void> {
  if (problems.length === 0) return;
  if (format === "table") note(formatProblems(nameOf(file), problems));
  else await printProblems(file, problems, format);
  throw refusal(file, problems);
}

function refusal(file: string, { length }: readonly Problem[]): CliError {
  return failed(`${nameOf(file)}: ${length} problem${length === 1 ? "" : "s"}`);
}
