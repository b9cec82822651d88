import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultScanSettings } from "../../../core/policy/compile-scanning.ts";
import type {
  ArgumentKindName,
  ArgumentScanSettings,
  ScanSettings,
} from "../../../core/policy/compiled-scanning.ts";
import { compileGlob } from "../../../core/policy/glob.ts";
import { findInjections } from "../injection/find-injections.ts";
import { Inspector } from "../inspector.ts";
import { ScanBudget, ScanStopped } from "../scan-budget.ts";
import { SecretFinder } from "../secret-finder.ts";
import { catalog } from "./catalog.ts";
import { namedByPolicy } from "./examples/payload-examples.ts";
import { expandExample } from "./expand-example.ts";
import { secretRules } from "./secret-rules.ts";

const inspector = new Inspector({ redactionKey: Buffer.alloc(32, 1) });
const results: ScanSettings = {
  ...defaultScanSettings,
  results: {
    ...defaultScanSettings.results,
    secrets: "block",
    hiddenCharacters: "block",
    personalData: "block",
    personalDataTypes: ["card", "iban", "email", "ssn", "phone"],
    promptInjection: "block",
    links: "block",
  },
};
const emptySettings = defaultScanSettings.arguments;
const policySettings: ArgumentScanSettings = {
  ...emptySettings,
  pathRoots: namedByPolicy.pathRoots,
  urlHosts: namedByPolicy.urlHosts.map(compileGlob),
  sqlVerbs: namedByPolicy.sqlVerbs,
  shellCommands: namedByPolicy.shellCommands,
};
const needsPolicy = /\.(?:outside-roots|url\.host|sql\.verb|shell\.command)$/;

/** How the examples of a rule are looked through: by the beginning of its id, the first that fits. */
const lookers: readonly (readonly [
  begins: string,
  look: (id: string, text: string) => string[],
])[] = [
  ["injection.", rulesOfValue],
  ["schema", rulesOfCall],
  ["scan.budget", rulesOfBulk],
  ["scan.limits", rulesOfNested],
  [
    "links.question",
    (_, url) => rulesOfResult({ content: [], inputRequests: { a: { mode: "url", url } } }),
  ],
  [
    "blob.type",
    (_, example) => {
      const [mimeType, blob] = example.split(" ");
      return rulesOfResult({ contents: [{ uri: "file:///a", mimeType, blob }] });
    },
  ],
  ["", (_, text) => rulesOfResult({ content: [{ type: "text", text }] })],
];

function look(id: string, example: string): string[] {
  const [, run] = lookers.find(([begins]) => id.startsWith(begins)) ?? [];
  return run?.(id, expandExample(example)) ?? [];
}

function rulesOfValue(id: string, value: string): string[] {
  const kind = /^injection\.(path|url|sql|shell)\./.exec(id)?.[1] ?? "id";
  const settings = needsPolicy.test(id) ? policySettings : emptySettings;
  return [...findInjections(value, kind as ArgumentKindName, settings)];
}

function rulesOfCall(_: string, json: string): string[] {
  const { schema, arguments: args } = JSON.parse(json);
  const { findings } = inspector.inspectArguments({
    arguments: args,
    inputSchema: schema,
    settings: { ...defaultScanSettings, arguments: { ...emptySettings, schema: "block" } },
  });
  return findings.map(({ rule }) => rule);
}

/** A budget that is used up stops whatever is in bulk. */
function rulesOfBulk(_: string, text: string): string[] {
  try {
    new SecretFinder().find(text, new ScanBudget(-1e9));
    return [];
  } catch (error) {
    return error instanceof ScanStopped ? [error.rule] : [];
  }
}

function rulesOfNested(_: string, json: string): string[] {
  return rulesOfResult({ structuredContent: JSON.parse(json) });
}

function rulesOfResult(result: unknown): string[] {
  const message = { jsonrpc: "2.0", id: 1, result };
  return inspector.inspectMessage({ message, settings: results }).findings.map(({ rule }) => rule);
}

/** What only another part of the gateway can show, and its own tests do. */
const shownElsewhere = (id: string) => id.startsWith("definition.");

describe.each(catalog)("the rule $id", ({ id, severity, tags, finds, examples }) => {
  it("says how bad it is, what it is about and what it finds", () => {
    expect(["low", "medium", "high", "critical"]).toContain(severity);
    expect(tags.length).toBeGreaterThan(0);
    for (const tag of tags) expect(tag).toMatch(/^(?:MCP(?:0[1-9]|10)|SAFE-T\d{4})$/);
    expect(finds).not.toBe("");
  });

  it("has three examples of what it finds and five of what it leaves alone, each once", () => {
    const { found, harmless } = examples;
    expect(found.length).toBeGreaterThanOrEqual(3);
    expect(harmless.length).toBeGreaterThanOrEqual(5);
    expect(new Set([...found, ...harmless]).size).toBe(found.length + harmless.length);
  });

  if (shownElsewhere(id)) return;
  const secret = secretRules.find(({ type }) => id === `secrets.${type}`);
  const alone = secret && new SecretFinder([secret]);
  const rulesIn = (example: string) =>
    alone
      ? alone
          .find(expandExample(example), new ScanBudget(10_000))
          .map(({ rule }) => `secrets.${rule.type}`)
      : look(id, example);

  it.each(examples.found)("finds %s", (example) => {
    expect(rulesIn(example)).toContain(id);
    if (!secret) return;
    const secrets = look(id, example).filter((rule) => rule.startsWith("secrets."));
    expect(secrets).toHaveLength(1);
  });

  it.each(examples.harmless)("leaves %s alone", (example) => {
    expect(rulesIn(example)).not.toContain(id);
  });
});

describe("the catalogue", () => {
  const ids = catalog.map(({ id }) => id);

  it("has each rule once", () => {
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("has every rule that any example breaks", () => {
    const found = catalog
      .filter(({ id }) => !shownElsewhere(id))
      .flatMap(({ id, examples }) =>
        [...examples.found, ...examples.harmless].flatMap((example) => look(id, example)),
      );
    for (const rule of new Set(found)) expect(ids).toContain(rule);
  });

  it("has every rule that a source of this plane names", () => {
    const families = "schema|scan|hidden|injection|personal|prompt-injection|links|definition";
    const named = new RegExp(`rule: "((?:${families})(?:\\.[\\w.-]+)?)"`, "g");
    const folder = resolve(import.meta.dirname, "../..");
    const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .map((name) => readFileSync(join(folder, name), "utf8"));
    const found = sources.flatMap((source) => [...source.matchAll(named)].map(([, id]) => id));
    expect(found.length).toBeGreaterThan(5);
    for (const id of found) expect(ids).toContain(id);
  });
});
