import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultScanSettings } from "../../core/policy/compile-scanning.ts";
import type { ScanSettings } from "../../core/policy/compiled-scanning.ts";
import { Inspector } from "../../data-plane/inspection/inspector.ts";
import { readSample } from "./sample.ts";
import { schemasBeside } from "./schemas-beside.ts";

const strict: ScanSettings = {
  ...defaultScanSettings,
  arguments: {
    ...defaultScanSettings.arguments,
    schema: "off",
    secrets: "block",
    hiddenCharacters: "block",
    injection: "block",
  },
};
const inspector = new Inspector({ redactionKey: Buffer.alloc(32, 1) });
const isBlocked = (args: Readonly<Record<string, unknown>>, inputSchema?: unknown) =>
  inspector.inspectArguments({ arguments: args, inputSchema, settings: strict }).kind === "blocked";

/** Ordinary calls, some of them full of words and signs that attacks use. */
const calls: readonly Readonly<Record<string, unknown>>[] = [
  { path: "docs/2026/summary.md", limit: 20 },
  { url: "https://api.example.com/v1/items?page=2&sort=name" },
  { query: "select the best union of flavours or order by phone" },
  { sql: "SELECT name, count(*) FROM orders WHERE city = 'Bern' GROUP BY name -- by city" },
  { command: "git log --oneline | head -20 && npm test" },
  { name: "O'Brien & Sons", email: "ann@example.org", city: "Val-d'Or" },
  { title: "How to ignore whitespace changes", labels: ["bug", "C# / .NET", "50% off"] },
  { body: "Hi,\nplease reset my password; the old one is gone.\nThanks {{name}}" },
  { code: "const a = `$\u007bb}`; eval(c); require('fs')", language: "javascript" },
  { host: "192.168.0.10", port: 5432, database: "main" },
  { id: "a1b2c3d4-0000-4000-8000-1234567890ab", version: "1.2.3-rc.1+build.5" },
  { branch: "feature/union-select", file: "src/etc/passwords.md" },
  { phone: "+41 44 668 18 00", date: "2026-11-22T10:00:00Z", amount: "1'234.50" },
  { filter: { price: { $lt: 100 }, tags: { $in: ["new"] } } },
  { expression: "(a + b) * {c} / 100%", unit: "m²" },
];

const own = join(import.meta.dirname, "own");
const recordsOf = (name: string): readonly Record<string, unknown>[] =>
  readFileSync(join(own, `${name}.jsonl`), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

const strictResults: ScanSettings = {
  ...strict,
  results: {
    ...strict.results,
    secrets: "block",
    hiddenCharacters: "block",
    promptInjection: "block",
    links: "block",
  },
};
const inspected = (result: unknown) =>
  inspector.inspectMessage({
    message: { jsonrpc: "2.0", id: 1, result },
    settings: strictResults,
  });
const textOf = ({ text }: Record<string, unknown>) =>
  inspected({ content: [{ type: "text", text }] });
const speaksToModel = ({ findings }: ReturnType<typeof inspected>) =>
  findings.some(({ rule }) => rule.startsWith("prompt-injection"));

describe("our own samples", () => {
  it("of ordinary calls, results and definitions are never blocked by the strictest policy", () => {
    const blockedCalls = recordsOf("benign-calls").filter(({ call }) =>
      isBlocked((call as { arguments: Record<string, unknown> }).arguments),
    );
    const blockedTexts = recordsOf("benign-texts").filter((it) => textOf(it).kind === "blocked");
    const blockedTools = recordsOf("benign-definitions").filter(
      ({ tool }) => inspected({ tools: [tool] }).kind === "blocked",
    );
    expect({ blockedCalls, blockedTexts, blockedTools }).toEqual({
      blockedCalls: [],
      blockedTexts: [],
      blockedTools: [],
    });
  });

  it("of texts with the words of attacks are seldom suspected, and attacks hardly ever missed", () => {
    const texts = recordsOf("benign-texts");
    const loud = recordsOf("loud");
    const suspected = texts.filter((it) => speaksToModel(textOf(it)));
    const found = loud.filter((it) => speaksToModel(textOf(it)));
    expect(suspected.length / texts.length).toBeLessThan(0.035);
    const certain = loud.filter((it) => textOf(it).kind === "blocked");
    expect(found.length / loud.length).toBeGreaterThan(0.95);
    expect(certain.length / loud.length).toBeGreaterThan(0.67);
    expect(texts.length + recordsOf("benign-calls").length).toBeGreaterThan(900);
  });
});

describe("our own payloads", () => {
  it("are blocked in arguments where they are dangerous, all but one of thirty", () => {
    const payloads = recordsOf("payloads");
    const passed = payloads.filter(
      ({ call }) => !isBlocked((call as { arguments: Record<string, unknown> }).arguments),
    );
    expect(passed.length / payloads.length).toBeLessThan(0.033);
    expect(payloads.length).toBeGreaterThan(1_400);
  });
});

/** Written without a look at the rules: of each kind as testers and lists write them, and honest calls that look like these. */
describe("our own payloads by kind", () => {
  const argumentsOf = ({ call }: Record<string, unknown>) =>
    (call as { arguments: Record<string, unknown> }).arguments;

  it("are blocked, all but one of twenty; of each kind far more than half", () => {
    const byKind = Map.groupBy(recordsOf("payloads-by-kind"), ({ category }) => String(category));
    const found = [...byKind].map(([kind, payloads]) => {
      const blocked = payloads.filter((it) => isBlocked(argumentsOf(it))).length;
      return { kind, blocked, all: payloads.length, share: blocked / payloads.length };
    });
    expect(found.filter(({ share }) => share < 0.7)).toEqual([]);
    const sum = (of: (it: (typeof found)[number]) => number) =>
      found.reduce((total, it) => total + of(it), 0);
    expect(sum(({ blocked }) => blocked) / sum(({ all }) => all)).toBeGreaterThan(0.95);
    expect(sum(({ all }) => all)).toBeGreaterThan(1_100);
  });

  it("are hardly ever seen in honest calls that look like them", () => {
    const calls = recordsOf("benign-by-kind");
    const blocked = calls.filter((it) => isBlocked(argumentsOf(it)));
    expect(blocked.length / calls.length).toBeLessThan(0.012);
    expect(calls.length).toBeGreaterThan(1_100);
  });
});

/** Written without a look at the signs: of each style some, and honest texts that speak of attacks, quote or resemble them. */
describe("our own samples by style", () => {
  it("are found, and acted on, far more often than texts that quote or resemble attacks", () => {
    const loud = recordsOf("loud-by-style").map((it) => textOf(it));
    const honest = recordsOf("benign-by-style").map((it) => textOf(it));
    const shareOf = (verdicts: typeof loud, isMeant: (it: (typeof loud)[number]) => boolean) =>
      verdicts.filter(isMeant).length / verdicts.length;
    const isBlocked = ({ kind }: (typeof loud)[number]) => kind === "blocked";
    expect(shareOf(loud, speaksToModel)).toBeGreaterThan(0.86);
    expect(shareOf(loud, isBlocked)).toBeGreaterThan(0.68);
    expect(shareOf(honest, speaksToModel)).toBeLessThan(0.21);
    expect(shareOf(honest, isBlocked)).toBeLessThan(0.062);
  });
});

/** Release notes, manuals, installation guides, documentation of APIs, code, project files and licences: written for people. */
describe("our own samples of what people read", () => {
  it("are hardly ever acted on, and seldom suspected", () => {
    const texts = recordsOf("benign-manuals").map((it) => textOf(it));
    const blocked = texts.filter(({ kind }) => kind === "blocked");
    expect(blocked.length).toBeLessThanOrEqual(1);
    expect(texts.filter(speaksToModel).length / texts.length).toBeLessThan(0.17);
    expect(texts.length).toBeGreaterThan(45);
  });
});

/** Written last, and looked at by nobody: what to expect of wordings that nobody thought of. */
describe("our own samples that nobody looked at", () => {
  it("are found, and acted on, far more often than honest results that mirror them", () => {
    const { loud = [], honest = [] } = Object.groupBy(recordsOf("unseen-in-results"), (it) =>
      it["label"] === "benign" ? "honest" : it["loud"] === true ? "loud" : "quiet",
    );
    const shareOf = (all: typeof loud, isMeant: (it: ReturnType<typeof textOf>) => boolean) =>
      all.filter((it) => isMeant(textOf(it))).length / all.length;
    const isBlocked = ({ kind }: ReturnType<typeof textOf>) => kind === "blocked";
    expect(loud.length).toBeGreaterThan(200);
    expect(shareOf(loud, speaksToModel)).toBeGreaterThan(0.71);
    expect(shareOf(loud, isBlocked)).toBeGreaterThan(0.62);
    expect(shareOf(honest, speaksToModel)).toBeLessThan(0.096);
    expect(shareOf(honest, isBlocked)).toBeLessThan(0.045);
  });
});

/** Written before the signs were read: orders and look-alikes of each style, as they stand in mails, tables, logs and pages. */
describe("our own samples in results", () => {
  it("are found more often by far than look-alikes, of which next to none is acted on", () => {
    const loud = recordsOf("loud-in-results").map((it) => textOf(it));
    const lookAlikes = recordsOf("benign-in-results").map((it) =>
      it["tool"] === undefined ? textOf(it) : inspected({ tools: [it["tool"]] }),
    );
    const shareOf = (all: typeof loud, isMeant: (it: (typeof loud)[number]) => boolean) =>
      all.filter(isMeant).length / all.length;
    const isBlocked = ({ kind }: (typeof loud)[number]) => kind === "blocked";
    expect(shareOf(loud, speaksToModel)).toBeGreaterThan(0.59);
    expect(shareOf(loud, isBlocked)).toBeGreaterThan(0.47);
    expect(shareOf(lookAlikes, speaksToModel)).toBeLessThan(0.06);
    expect(shareOf(lookAlikes, isBlocked)).toBeLessThan(0.0205);
  });
});

describe("our own definitions", () => {
  it("that are poisoned in one of many styles are blocked, nearly nine of ten", () => {
    const poisoned = recordsOf("poisoned-by-style");
    const passed = poisoned.filter(({ tool }) => inspected({ tools: [tool] }).kind !== "blocked");
    expect(passed.length / poisoned.length).toBeLessThan(0.12);
  });

  it("that are poisoned are blocked by the strictest policy", () => {
    const poisoned = recordsOf("poisoned-definitions");
    const passed = poisoned.filter(({ tool }) => inspected({ tools: [tool] }).kind !== "blocked");
    expect(passed.length / poisoned.length).toBeLessThan(0.05);
    expect(poisoned.length).toBeGreaterThan(20);
  });
});

describe("ordinary calls", () => {
  it.each(calls)("pass the strictest policy: %j", (call) => {
    expect(isBlocked(call)).toBe(false);
  });

  const data = join(import.meta.dirname, "../../../shared/data/calls-bfcl/calls.jsonl");
  it.runIf(existsSync(data))("of a public set pass it, all but one of a thousand", () => {
    const schemas = schemasBeside(data, [data, join(data, "../tools.jsonl")]);
    const lines = readFileSync(data, "utf8").trim().split("\n");
    const samples = lines.flatMap((line) => readSample(line, "", schemas) ?? []);
    const blocked = samples.filter(({ arguments: args = {}, schema }) => isBlocked(args, schema));
    expect(blocked.length / samples.length).toBeLessThanOrEqual(0.001);
    expect(samples.length).toBeGreaterThan(1_000);
  });
});
