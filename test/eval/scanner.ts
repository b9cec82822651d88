/**
 * How well the scanner does on labelled data: any folder of JSONL, one record a line, one folder or file a set.
 * docs/scanner.md describes the records. Usage: npm run eval:scanner -- [DIR] [--json] [--half a|b] [--categories]
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { defaultScanSettings } from "../../core/policy/compile-scanning.ts";
import type { PersonalDataName, ScanSettings } from "../../core/policy/compiled-scanning.ts";
import { type InspectionVerdict, Inspector } from "../../data-plane/inspection/inspector.ts";
import { findPersonalData } from "../../data-plane/inspection/personal-data/personal-data.ts";
import { ScanBudget } from "../../data-plane/inspection/scan-budget.ts";
import { linesOf } from "./lines-of.ts";
import { readSample, type Sample } from "./sample.ts";
import { detectorOf, type Line, Tally } from "./tally.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    half: { type: "string" },
    categories: { type: "boolean", default: false },
    misses: { type: "string" },
  },
});

const types: readonly PersonalDataName[] = ["card", "iban", "email", "ssn", "phone"];
const typeOf: Readonly<Record<string, PersonalDataName>> = {
  CREDIT_CARD: "card",
  IBAN_CODE: "iban",
  EMAIL_ADDRESS: "email",
  US_SSN: "ssn",
  PHONE_NUMBER: "phone",
};

/** The strictest policy: whatever is found blocks, but for what is only suspected. */
const strict: ScanSettings = {
  ...defaultScanSettings,
  arguments: {
    ...defaultScanSettings.arguments,
    schema: "off",
    secrets: "block",
    hiddenCharacters: "block",
    injection: "block",
    personalData: "log",
    personalDataTypes: ["card", "iban", "email", "ssn"],
  },
  results: {
    ...defaultScanSettings.results,
    secrets: "block",
    hiddenCharacters: "block",
    personalData: "log",
    personalDataTypes: ["card", "iban", "email", "ssn"],
    promptInjection: "block",
    links: "block",
  },
};

const inspector = new Inspector({ redactionKey: Buffer.alloc(32, 1) });
const tally = new Tally();
let left = 0;
const times = new Map<string, { ms: number; bytes: number }>();

main();

function main(): void {
  const folder = resolve(positionals[0] ?? join(import.meta.dirname, "../../../shared/data"));
  if (!existsSync(folder)) {
    process.stderr.write(`${folder} does not exist: name a folder of JSONL files\n`);
    process.exitCode = 1;
    return;
  }
  const files = filesBelow(folder).filter((file) => file.endsWith(".jsonl"));
  if (files.length === 0) {
    process.stderr.write(`${folder} holds no file that ends in .jsonl\n`);
    process.exitCode = 1;
    return;
  }
  for (const file of files) evaluate(file, files);
  if (left > 0) process.stderr.write(`${left} records were left out: no known label or content\n`);
  const lines = tally.lines();
  const speed = [...times].map(([set, { ms, bytes }]) => ({
    set,
    kilobytes: Math.round(bytes / 1_024),
    microsecondsPerKilobyte: Math.round((ms * 1_000) / Math.max(1, bytes / 1_024)),
  }));
  if (values.json) process.stdout.write(`${JSON.stringify({ lines, speed }, undefined, 2)}\n`);
  else print(lines, speed);
}

function filesBelow(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}

function evaluate(file: string, files: readonly string[]): void {
  const set = `${basename(resolve(file, ".."))}/${basename(file, ".jsonl")}`;
  const schemas = schemasBeside(file, files);
  for (const line of linesOf(file)) {
    if (line.trim() === "") continue;
    const sample = readOrReport(line, { set, schemas });
    if (!sample || (values.half !== undefined && values.half !== sample.half)) continue;
    look(sample, line);
  }
}

/** A line that is no record is reported, and ends with an error; one that says nothing of a detector is counted. */
function readOrReport(
  line: string,
  { set, schemas }: { set: string; schemas: ReadonlyMap<string, readonly unknown[]> },
): Sample | undefined {
  try {
    const sample = readSample(line, set, schemas);
    if (!sample) left += 1;
    return sample;
  } catch {
    process.stderr.write(`${set}: a line is no JSON object: ${line.length} characters\n`);
    process.exitCode = 1;
    return undefined;
  }
}

/** Tools of the same folder say what the arguments of its calls are. */
function schemasBeside(
  file: string,
  files: readonly string[],
): ReadonlyMap<string, readonly unknown[]> {
  const beside = files.filter(
    (it) => basename(it) === "tools.jsonl" && resolve(it, "..") === resolve(file, ".."),
  );
  const schemas = new Map<string, unknown[]>();
  if (basename(file) === "tools.jsonl") return schemas;
  for (const line of beside.flatMap((it) => [...linesOf(it)])) {
    if (line.trim() === "") continue;
    const { tool } = JSON.parse(line);
    const known = schemas.get(tool?.name) ?? [];
    schemas.set(tool?.name, [...known, tool?.inputSchema ?? tool?.parameters]);
  }
  return schemas;
}

function look(sample: Sample, line: string): void {
  const startedAt = performance.now();
  const { findings } = inspect(sample);
  const time = times.get(sample.set) ?? { ms: 0, bytes: 0 };
  time.ms += performance.now() - startedAt;
  time.bytes += Buffer.byteLength(
    JSON.stringify(sample.text ?? sample.arguments ?? sample.definition),
  );
  times.set(sample.set, time);
  const found = new Set(findings.map(({ rule }) => detectorOf(rule)));
  const blocking = new Set(
    findings.filter(({ action }) => action === "blocked").map(({ rule }) => detectorOf(rule)),
  );
  const set = values.categories ? `${sample.set} ${sample.category}` : sample.set;
  if (sample.spans) addSpans(set, sample);
  else tally.add(set, sample.expects, { found, blocking });
  if (values.misses !== undefined && sample.set.startsWith(values.misses)) {
    const isRight = sample.expects === "clean" ? found.size === 0 : found.has(sample.expects);
    const rules = findings.map(({ rule }) => rule).join(",");
    if (!isRight && !sample.spans)
      process.stdout.write(`${sample.expects} [${rules}] ${line.slice(0, 400)}\n`);
  }
}

function inspect(sample: Sample): InspectionVerdict {
  if (sample.arguments) {
    return inspector.inspectArguments({
      arguments: sample.arguments,
      ...(sample.schema !== undefined && { inputSchema: sample.schema }),
      settings: strict,
    });
  }
  const result =
    sample.definition === undefined
      ? { content: [{ type: "text", text: sample.text }] }
      : { tools: [sample.definition] };
  return inspector.inspectMessage({ message: { jsonrpc: "2.0", id: 1, result }, settings: strict });
}

/** A span is found when what was found covers it, but for one character at either end. */
function addSpans(set: string, { text = "", spans = [] }: Sample): void {
  const found = findPersonalData(text, types, new ScanBudget(1_000));
  for (const type of types) {
    const wanted = spans.filter((span) => typeOf[span.type] === type);
    const ofType = found.filter((it) => it.type === type);
    const hits = wanted.filter((span) =>
      ofType.some((it) => it.start <= span.start + 1 && it.end >= span.end - 1),
    );
    const wrong = ofType.filter(
      (it) => !wanted.some((span) => it.start < span.end && span.start < it.end),
    );
    tally.addSpans(set, type, { wanted: wanted.length, found: hits.length, wrong: wrong.length });
  }
}

function print(
  lines: readonly Line[],
  speed: readonly { set: string; kilobytes: number; microsecondsPerKilobyte: number }[],
): void {
  const rows = lines
    .filter(
      ({ wanted, falseAlarms, detector }) => wanted > 0 || falseAlarms > 0 || detector === "any",
    )
    .map((line) => [
      line.set,
      line.detector,
      share(line.found, line.wanted),
      share(line.found, line.found + (line.clean > 0 ? 0 : line.falseAlarms)),
      share(line.falseAlarms, line.clean),
      share(line.blocked, line.clean),
    ]);
  table([["set", "detector", "recall", "precision of spans", "false alarms", "blocked"], ...rows]);
  process.stdout.write("\n");
  table([
    ["set", "KiB", "µs per KiB"],
    ...speed.map((it) => [it.set, String(it.kilobytes), String(it.microsecondsPerKilobyte)]),
  ]);
}

function share(part: number, whole: number): string {
  return whole === 0 ? "-" : `${((part / whole) * 100).toFixed(1)} % (${part}/${whole})`;
}

function table(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of rows) {
    const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
    process.stdout.write(`${line.trimEnd()}\n`);
  }
}
