import { payloadRules } from "../injection/payload-rules.ts";
import { catalogRows } from "./catalog-rows.ts";
import { payloadExamples } from "./examples/payload-examples.ts";
import { type RuleExamples, readExamples } from "./examples/read-examples.ts";
import { secretsOfCodeAndClouds } from "./examples/secrets-of-code-and-clouds.ts";
import { secretsOfServices } from "./examples/secrets-of-services.ts";
import { structureExamples } from "./examples/structure-examples.ts";
import { textExamples } from "./examples/text-examples.ts";
import type { SecretRule } from "./secret-rule.ts";
import { secretRules } from "./secret-rules.ts";

const severities = ["low", "medium", "high", "critical"] as const;
export type Severity = (typeof severities)[number];

/** One rule as operators and auditors see it. */
export interface CatalogEntry {
  /** As in findings and exceptions. */
  readonly id: string;
  readonly severity: Severity;
  /** Categories of the OWASP MCP Top 10 (2025) and techniques of SAFE-MCP. */
  readonly tags: readonly string[];
  readonly finds: string;
  /** At least three of what it finds and five of what it leaves alone; each runs in the tests. */
  readonly examples: RuleExamples;
}

/** Every rule that can stand in a finding, but for the operator's own. */
export const catalog: readonly CatalogEntry[] = [
  ...catalogRows
    .split("\n")
    .filter((row) => row.trim() !== "")
    .map(toEntry),
  ...secretRules.map(entryOfSecret),
];

function toEntry(row: string): CatalogEntry {
  const [id = "", severity, tags = "", finds = ""] = row.split("|").map((cell) => cell.trim());
  return {
    id,
    severity: severities.find((it) => it === severity) ?? "high",
    tags: tags.split(" "),
    finds,
    examples: examplesOf(id),
  };
}

function examplesOf(id: string): RuleExamples {
  const payloads = payloadRules.find((rule) => `injection.${rule.id}` === id);
  if (payloads) {
    const { examples } = payloads;
    return { found: examples.payloads, harmless: examples.harmless };
  }
  return readExamples(payloadExamples[id] ?? textExamples[id] ?? structureExamples[id] ?? "");
}

function entryOfSecret({ type, generic, confirmer, examples }: SecretRule): CatalogEntry {
  const further = readExamples(secretsOfCodeAndClouds[type] ?? secretsOfServices[type] ?? "");
  const checked = confirmer ? ` (checked: ${confirmer.replaceAll("-", " ")})` : "";
  return {
    id: `secrets.${type}`,
    severity: generic ? "medium" : "high",
    tags: ["MCP01", "SAFE-T1503"],
    finds: `${type.replaceAll("-", " ")}${checked}`,
    examples: {
      found: [...examples.secrets, ...further.found],
      harmless: [...examples.harmless, ...further.harmless],
    },
  };
}
