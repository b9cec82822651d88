/**
 * How well the scanner does on labelled data: any folder of JSONL, one record a line, one folder or file a set.
 * docs/scanner.md describes the records. Usage: npm run eval:scanner -- [DIR] [--json] [--half a|b] [--categories]
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { PersonalDataName } from "../../core/policy/compiled-scanning.ts";
import { findPersonalData } from "../../data-plane/inspection/personal-data/personal-data.ts";
import { ScanBudget } from "../../data-plane/inspection/scan-budget.ts";
import { linesOf } from "./lines-of.ts";
import { look, timesOf } from "./look.ts";
import { reportOf, type SetTimes, tableOf } from "./report.ts";
import { readSample, type Sample } from "./sample.ts";
import { schemasBeside } from "./schemas-beside.ts";
import { detectorOf, Tally } from "./tally.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    half: { type: "string" },
    categories: { type: "boolean", default: false },
    misses: { type: "string" },
  },
});

const warmUpMs = 2_000;
const types: readonly PersonalDataName[] = ["card", "iban", "email", "ssn", "phone"];
const typeOf: Readonly<Record<string, PersonalDataName>> = {
  CREDIT_CARD: "card",
  IBAN_CODE: "iban",
  EMAIL_ADDRESS: "email",
  US_SSN: "ssn",
  PHONE_NUMBER: "phone",
};

const tally = new Tally();
let left = 0;
const times = new Map<string, SetTimes>();
// Whoever reads on has seen enough: `eval:scanner | head`.
process.stdout.on("error", () => process.exit());

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
  warmUp(files);
  for (const file of files) evaluate(file, files);
  if (left > 0) process.stderr.write(`${left} records were left out: no known label or content\n`);
  const lines = reportOf(tally.lines(), times);
  const report = values.json ? `${JSON.stringify({ lines }, undefined, 2)}\n` : tableOf(lines);
  process.stdout.write(report);
}

/** Looks at some samples of each file for a while, so that the first set does not pay for what the engine compiles. */
function warmUp(files: readonly string[]): void {
  const samples = files.flatMap((file) => firstSamplesOf(file, files));
  const until = performance.now() + warmUpMs;
  for (let at = 0; samples.length > 0 && performance.now() < until; at += 1) {
    const sample = samples[at % samples.length];
    if (sample) timesOf(sample);
  }
}

function firstSamplesOf(file: string, files: readonly string[]): readonly Sample[] {
  const samples: Sample[] = [];
  const schemas = schemasBeside(file, files);
  for (const line of linesOf(file)) {
    if (samples.length === 50) break;
    const sample = isRecord(line) ? readSample(line, "", schemas) : undefined;
    if (sample) samples.push(sample);
  }
  return samples;
}

function isRecord(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
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
    count(sample, line);
  }
}

/** A line that is no record is reported, and ends with an error; one that says nothing of a detector is counted. */
function readOrReport(
  line: string,
  { set, schemas }: { set: string; schemas: ReadonlyMap<string, readonly unknown[]> },
): Sample | undefined {
  if (!isRecord(line)) {
    process.stderr.write(`${set}: a line is no JSON object: ${line.length} characters\n`);
    process.exitCode = 1;
    return undefined;
  }
  const sample = readSample(line, set, schemas);
  if (!sample) left += 1;
  return sample;
}

function count(sample: Sample, line: string): void {
  const { findings } = look(sample);
  const set = values.categories ? `${sample.set} ${sample.category}` : sample.set;
  addTimes(set, sample);
  const found = new Set(findings.map(({ rule }) => detectorOf(rule)));
  const blocking = new Set(
    findings.filter(({ action }) => action === "blocked").map(({ rule }) => detectorOf(rule)),
  );
  if (sample.spans) addSpans(set, sample);
  else tally.add(set, sample.expects, { found, blocking });
  if (values.misses !== undefined && sample.set.startsWith(values.misses)) {
    const isRight = sample.expects === "clean" ? found.size === 0 : found.has(sample.expects);
    const rules = findings.map(({ rule }) => rule).join(",");
    if (!isRight && !sample.spans)
      process.stdout.write(`${sample.expects} [${rules}] ${line.slice(0, 400)}\n`);
  }
}

/** After the sample was looked at once, so that none pays for what the engine compiles. */
function addTimes(set: string, sample: Sample): void {
  const total = times.get(set) ?? { bytes: 0, ms: new Map<string, number>() };
  times.set(set, total);
  const content = sample.text ?? sample.arguments ?? sample.definition;
  total.bytes += Buffer.byteLength(JSON.stringify(content));
  for (const [detector, ms] of timesOf(sample)) {
    total.ms.set(detector, (total.ms.get(detector) ?? 0) + ms);
  }
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
