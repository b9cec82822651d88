import { latinFor } from "../text/look-alikes.ts";
import { vocabulary } from "./lexicon.ts";

/** What a tool says of itself, as far as labels are derived of it. */
export interface ReadDefinition {
  /** Of its name, in lower case. */
  readonly words: readonly string[];
  /** Of its upstream's name: the operator chose it. */
  readonly upstreamWords: readonly string[];
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly hints: {
    readonly openWorld: boolean;
    readonly destructive: boolean;
    readonly writes: boolean;
  };
}

interface Parameter {
  /** Without separators, in lower case. */
  readonly name: string;
  readonly words: readonly string[];
  readonly format: string;
  readonly description: string;
  /** Whether it takes words, as far as its schema says. */
  readonly takesWords: boolean;
}

const maxName = 200;
const maxDescription = 2_000;
const maxParameters = 200;
const maxDepth = 4;

/** Reads a definition as its upstream lists it. What is not as MCP says is as if it were not there. */
export function readDefinition(
  listed: Readonly<Record<string, unknown>>,
  upstream: string,
): ReadDefinition {
  const annotations = recordOf(listed["annotations"]);
  return {
    words: wordsOf(textOf(listed["name"])),
    upstreamWords: wordsOf(upstream),
    description: [listed["title"], annotations["title"], listed["description"]]
      .map(textOf)
      .filter((text) => text !== "")
      .join(". ")
      .slice(0, maxDescription),
    parameters: parametersOf(listed["inputSchema"]),
    // Hints of a party that is not trusted: only those count that make the tool look more dangerous.
    hints: {
      openWorld: annotations["openWorldHint"] === true,
      destructive: annotations["destructiveHint"] === true,
      writes: annotations["readOnlyHint"] === false,
    },
  };
}

/** "gmail_searchMessages" as "gmail", "search", "messages", "webfetch" as "web", "fetch"; look-alikes as the letters that they look like. */
export function wordsOf(name: string): string[] {
  const latin = name
    .slice(0, maxName)
    .normalize("NFKC")
    .replaceAll(/\P{ASCII}/gu, (letter) => latinFor.get(letter) ?? letter);
  return latin
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .replaceAll(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== "")
    .flatMap(parted);
}

const shortestPart = 3;

/** Two words that were written as one. */
function parted(word: string): string[] {
  if (vocabulary.has(word)) return [word];
  for (let at = shortestPart; at <= word.length - shortestPart; at += 1) {
    const parts = [word.slice(0, at), word.slice(at)];
    if (parts.every((part) => vocabulary.has(part))) return parts;
  }
  return [word];
}

/** Schemas within a schema that say something of the same value, or of what is in it. */
const alternatives = ["allOf", "anyOf", "oneOf", "prefixItems"];
const inner = ["items", "additionalProperties", "if", "then", "else", "not", "contains"];
/** Where definitions lie that others point to: what is defined is meant to be used. */
const holders = ["$defs", "definitions", "patternProperties", "dependentSchemas"];
const maxSchemas = 400;

function parametersOf(schema: unknown): Parameter[] {
  const found: Parameter[] = [];
  const waiting: { readonly schema: unknown; readonly depth: number }[] = [{ schema, depth: 0 }];
  for (let read = 0; read < maxSchemas && read < waiting.length; read += 1) {
    const { schema: next, depth } = waiting[read] as (typeof waiting)[number];
    const holder = recordOf(next);
    const named = Object.entries(recordOf(holder["properties"])).slice(0, maxParameters);
    found.push(...named.map(([name, value]) => parameterOf(name, value)));
    if (depth > maxDepth) continue;
    const below = [...named.map(([, value]) => value), ...schemasIn(holder)];
    waiting.push(...below.map((it) => ({ schema: it, depth: depth + 1 })));
  }
  return found.slice(0, maxParameters);
}

function parameterOf(name: string, value: unknown): Parameter {
  const { format, description, type } = recordOf(value);
  const isChoice = "enum" in recordOf(value) || "const" in recordOf(value);
  const words = wordsOf(name);
  return {
    name: words.join(""),
    words,
    format: textOf(format),
    description: textOf(description).slice(0, maxDescription),
    takesWords: !isChoice && !/^(?:number|integer|boolean|null)$/.test(textOf(type)),
  };
}

function schemasIn(holder: Readonly<Record<string, unknown>>): unknown[] {
  return [
    ...inner.map((key) => holder[key]),
    ...alternatives.flatMap((key) => {
      const several = holder[key];
      return Array.isArray(several) ? several.slice(0, maxParameters) : [];
    }),
    ...holders.flatMap((key) => Object.values(recordOf(holder[key])).slice(0, maxParameters)),
  ].filter((it) => typeof it === "object" && it !== null);
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord ? (value as Readonly<Record<string, unknown>>) : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
