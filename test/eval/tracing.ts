/**
 * How well the tracing of data finds again what left a private result, and how often it finds what did not: texts of a folder of
 * JSONL (docs/scanner.md) as private results, parts of them as arguments in every disguise, and calls that have nothing to do with
 * them. Usage: npm run eval:tracing -- [DIR] [--json]
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { codeOf } from "../../data-plane/flows/trace/digest-table.ts";
import { Tracer } from "../../data-plane/flows/trace/tracer.ts";
import { base32, disguises } from "./disguises.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false } },
});

interface Document {
  readonly set: string;
  readonly text: string;
}

const tracer = new Tracer({ key: Buffer.alloc(32, 5) });
main();

function main(): void {
  const folder = resolve(positionals[0] ?? join(import.meta.dirname, "../../../shared/data"));
  if (!existsSync(folder)) {
    process.stderr.write(`${folder} does not exist: name a folder of JSONL files\n`);
    process.exitCode = 1;
    return;
  }
  const documents = documentsBelow(folder);
  const calls = callsBelow(folder);
  const report = {
    documents: documents.length,
    recall: recallOf(documents),
    secrets: recallOfSecrets(),
    falseMatches: falseMatches(documents, calls),
  };
  if (values.json) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  else print(report);
}

function recordsBelow(folder: string): readonly Readonly<Record<string, unknown>>[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".jsonl"))
    .sort()
    .flatMap((file) =>
      readFileSync(join(folder, file), "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => ({ set: file, ...(JSON.parse(line) as object) })),
    );
}

/** Texts that somebody would call results: long enough to say something. */
function documentsBelow(folder: string): readonly Document[] {
  const seen = new Set<string>();
  return recordsBelow(folder).flatMap(({ set, label, text }) => {
    if (label !== "clean" || typeof text !== "string" || text.length < 200) return [];
    // Padding of tables carries nothing away, and what has no words is no text.
    const plain = text.replaceAll(/[\s|-]{2,}/g, " ");
    if (seen.has(text) || new Set(plain.match(/[a-z]{3,}/gi)).size < 10) return [];
    seen.add(text);
    return [{ set: String(set), text: plain }];
  });
}

function callsBelow(folder: string): readonly unknown[] {
  return recordsBelow(folder).flatMap(({ call }) => {
    const { arguments: args } = (call ?? {}) as { arguments?: unknown };
    return args === undefined ? [] : [args];
  });
}

interface Recall {
  readonly characters: number;
  readonly disguise: string;
  readonly samples: number;
  /** Shares of those with one and with two traces. */
  readonly one: number;
  readonly two: number;
}

function recallOf(documents: readonly Document[]): readonly Recall[] {
  const stores = documents.map((document) => ({ document, store: storeOf([document.text]) }));
  return [60, 120, 400].flatMap((characters) => {
    const long = stores.filter(({ document }) => document.text.length >= characters);
    return Object.entries(disguises).map(([disguise, disguised]) => {
      const hits = long.map(({ document: { text }, store }) => {
        const start = fraction(text) * (text.length - characters);
        const excerpt = text
          .slice(Math.floor(start), Math.floor(start) + characters)
          .toWellFormed();
        return hitsOf(disguised(excerpt), store, "text");
      });
      return { characters, disguise, samples: hits.length, ...shares(hits) };
    });
  });
}

function recallOfSecrets(): readonly Recall[] {
  const secrets = Array.from({ length: 60 }, (_, index) => secretsOf(String(index))).flat();
  return Object.entries(disguises).map(([disguise, disguised]) => {
    const hits = secrets.map((secret) => {
      const store = storeOf([`# settings\nname=service\nkey: "${secret}"\nregion=eu-west-1\n`]);
      return hitsOf(disguised(secret), store, "secret");
    });
    return { characters: 0, disguise, samples: hits.length, ...shares(hits) };
  });
}

/** Tokens of usual shapes. */
function secretsOf(seed: string): readonly string[] {
  const bytes = createHash("sha512").update(seed).digest();
  const letters = bytes.toString("base64").replaceAll(/[+/=]/g, "");
  const hex = bytes.toString("hex");
  return [
    `ghp_${letters.slice(0, 36)}`,
    `AKIA${base32(bytes).slice(0, 16)}`,
    bytes.toString("base64").slice(0, 40),
    letters.slice(0, 20),
    hex.slice(0, 32),
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`,
    `sk-${letters.slice(0, 24)}`,
  ];
}

interface FalseMatches {
  readonly what: string;
  readonly pairs: number;
  readonly one: number;
  readonly two: number;
  readonly secret: number;
}

function falseMatches(documents: readonly Document[], calls: readonly unknown[]): FalseMatches[] {
  const sets = [...new Set(documents.map(({ set }) => set))];
  const rows = sets.map((set) => {
    const store = storeOf(documents.filter((it) => it.set === set).map(({ text }) => text));
    return countOf(`calls beside all of ${set}`, calls, store);
  });
  const bodies = sets.map((set) => {
    const store = storeOf(documents.filter((it) => it.set === set).map(({ text }) => text));
    const others = documents.filter((it) => it.set !== set).map(({ text }) => ({ body: text }));
    return countOf(`texts of other sets beside all of ${set}`, others, store);
  });
  return [...rows, ...bodies];
}

function countOf(
  what: string,
  calls: readonly unknown[],
  store: ReadonlySet<string>,
): FalseMatches {
  const text = calls.map((call) => hitsOf(call, store, "text"));
  const secret = calls.filter((call) => hitsOf(call, store, "secret") > 0).length;
  return { what, pairs: calls.length, ...shares(text), secret: secret / calls.length };
}

function storeOf(texts: readonly string[]): ReadonlySet<string> {
  const results = texts.map((text) => tracer.ofResult({ content: [{ type: "text", text }] }));
  return new Set(results.flat().map(codeOf));
}

function hitsOf(args: unknown, store: ReadonlySet<string>, kind: string): number {
  return tracer.ofArguments(args).filter((it) => it.kind === kind && store.has(codeOf(it))).length;
}

function shares(hits: readonly number[]) {
  const share = (least: number) => hits.filter((it) => it >= least).length / hits.length;
  return { one: share(1), two: share(2) };
}

/** Between 0 and 1, always the same for a text. */
function fraction(text: string): number {
  return createHash("sha256").update(text).digest().readUInt32BE(0) / 2 ** 32;
}

function print(report: {
  readonly recall: readonly Recall[];
  readonly secrets: readonly Recall[];
  readonly falseMatches: readonly FalseMatches[];
}): void {
  const line = (cells: readonly string[], widths: readonly number[]) =>
    process.stdout.write(`${cells.map((it, index) => it.padEnd(widths[index] ?? 0)).join(" ")}\n`);
  const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
  for (const { characters, disguise, samples, one, two } of [...report.recall, ...report.secrets]) {
    const what = characters === 0 ? "a secret" : `${characters} characters`;
    line([what, disguise, String(samples), percent(one), percent(two)], [16, 26, 6, 10, 10]);
  }
  for (const { what, pairs, one, two, secret } of report.falseMatches) {
    line([what, String(pairs), percent(one), percent(two), percent(secret)], [70, 6, 10, 10, 10]);
  }
}
