/**
 * Fails where scanning has become more than a fifth slower: the time of samples against that of fixed work in the same
 * run, interleaved, by medians, compared with `scanner-costs.json`. Usage: npm run bench:scanner-gate [-- --write]
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { defaultScanSettings } from "../../core/policy/compile-scanning.ts";
import { Inspector } from "../../data-plane/inspection/inspector.ts";
import { look } from "../eval/look.ts";
import { readSample, type Sample } from "../eval/sample.ts";
import { ordinaryCalls } from "./ordinary-calls.ts";
import { ordinaryResults } from "./ordinary-results.ts";

const { values } = parseArgs({ options: { write: { type: "boolean", default: false } } });
const rounds = 15;
const mayGrowBy = 1.2;
const file = join(import.meta.dirname, "scanner-costs.json");
const own = join(import.meta.dirname, "../eval/own");

const prose =
  "The quarterly report says that 1,204 orders were shipped to 37 cities; see section 4.2 for details. ";
const row =
  '{"id": 48213, "name": "Widget, blue", "price": 12.5, "updated": "2026-03-04T10:11:12Z"}, ';
const textOf = (text: string): Sample => ({
  set: "",
  category: "",
  expects: "clean",
  half: "a",
  text,
});

/** Calls are looked at as a careful operator has it, with their schemas. */
const inspector = new Inspector({ redactionKey: Buffer.alloc(32, 1) });
const { arguments: defaults } = defaultScanSettings;
const settings = {
  ...defaultScanSettings,
  arguments: { ...defaults, injection: "block", personalData: "log" },
} as const;
const manyCalls = Array.from({ length: 20 }, () => ordinaryCalls).flat();
const lookAtCalls = () => {
  for (const { written, inputSchema } of manyCalls) {
    inspector.inspectArguments({ arguments: JSON.parse(written), inputSchema, settings });
  }
};
const resultsOf = (size: number): readonly Sample[] =>
  Object.values(ordinaryResults).map((make) => textOf(textIn(make(size))));

type Work = (round: number) => void;

const workloads: Readonly<Record<string, Work>> = {
  "ordinary calls": looksAt(samplesOf("benign-calls")),
  "ordinary results": looksAt(samplesOf("benign-texts")),
  "ordinary definitions": looksAt(samplesOf("benign-definitions")),
  "results with instructions": looksAt(samplesOf("loud")),
  "64 KiB of prose": looksAt([textOf(prose.repeat(660))]),
  "64 KiB of JSON": looksAt([textOf(row.repeat(720))]),
  "256 KiB of base64": looksAt([textOf("QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB ".repeat(6_400))]),
  "256 KiB of keywords": looksAt([textOf("password=token=secret: api_key=".repeat(8_450))]),
  "calls of tools": lookAtCalls,
  "results of tools, 1 KiB": looksAt(Array.from({ length: 8 }, () => resultsOf(1_024)).flat()),
  "results of tools, 64 KiB": looksAt(resultsOf(65_536)),
};

/** Walks a table by characters and runs a pattern over the same text: what a scanner does most. */
const yardstickText = (prose + row).repeat(2_400);
const classes = Uint8Array.from({ length: 65_536 }, (_, code) => code % 61);
const table = Uint16Array.from({ length: 61 * 256 }, (_, at) => (at * 7) % 256);
let sink = 0;

function yardstick(): void {
  let state = 0;
  for (let at = 0; at < yardstickText.length; at += 1) {
    state = table[state * 61 + (classes[yardstickText.charCodeAt(at)] as number)] as number;
  }
  sink += state + (yardstickText.match(/\b[a-z]{3,12}\s?[:=]/g)?.length ?? 0);
}

let measure = 0;
if (values.write) writeFileSync(file, `${JSON.stringify(measuredCosts(), undefined, 2)}\n`);
else compare(JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, number>>);

function measuredCosts(): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(workloads).map(([name, work]) => [name, leastRatioOf(work)]),
  );
}

/** The best of three: what others do on the machine makes nothing quicker. */
function leastRatioOf(work: Work): number {
  const ratios = [1, 2, 3].map(() => {
    measure += 1;
    return ratioOf(work);
  });
  return Math.min(...ratios);
}

function samplesOf(name: string): readonly Sample[] {
  return readFileSync(join(own, `${name}.jsonl`), "utf8")
    .trim()
    .split("\n")
    .flatMap((line) => readSample(line, name, new Map()) ?? []);
}

function looksAt(samples: readonly Sample[]): Work {
  return (round) => {
    for (const sample of samples) look(freshIn(sample, round));
  };
}

function textIn({ content }: Readonly<Record<string, unknown>>): string {
  return (content as readonly [{ readonly text: string }])[0].text;
}

function ratioOf(work: Work): number {
  const ratios: number[] = [];
  for (let round = -5; round < rounds; round += 1) {
    const unit = timeOf(yardstick);
    const scan = timeOf(() => work(round));
    if (round >= 0) ratios.push(scan / unit);
  }
  ratios.sort((one, other) => one - other);
  return Math.round((ratios[Math.floor(rounds / 2)] as number) * 100) / 100;
}

/** Long texts are remembered when they come again: so none comes again. */
function freshIn(sample: Sample, round: number): Sample {
  const { text } = sample;
  return text === undefined || text.length < 4_096
    ? sample
    : { ...sample, text: `${measure} ${round} ${text}` };
}

function timeOf(run: () => void): number {
  const startedAt = performance.now();
  run();
  return performance.now() - startedAt;
}

/** What seems too slow is measured again, twice at most: a machine may be busy for as long as one workload takes. */
function compare(known: Readonly<Record<string, number>>): void {
  for (const [name, work] of Object.entries(workloads)) {
    const most = (known[name] ?? 0) * mayGrowBy;
    let ratio = leastRatioOf(work);
    for (let again = 0; again < 2 && ratio > most; again += 1) {
      ratio = Math.min(ratio, leastRatioOf(work));
    }
    const growth = ratio / (known[name] ?? 0);
    if (ratio > most) process.exitCode = 1;
    process.stdout.write(
      `${name.padEnd(28)}${String(ratio).padStart(9)} × fixed work, ${growth.toFixed(2)} of before  ${ratio > most ? "TOO SLOW" : "ok"}\n`,
    );
  }
  if (sink === -1) process.stdout.write("\n");
}
