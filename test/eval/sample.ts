import { createHash } from "node:crypto";

/** What a sample is about: which detector is to find something in it, or that none is. */
export type Expectation =
  | "clean"
  | "secrets"
  | "personal"
  | "prompt-injection"
  | "injection"
  | "any";

/** A part of a text that is known to be personal data. */
export interface LabelledSpan {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** One labelled record. Exactly one of `text`, `arguments` and `definition`. */
export interface Sample {
  readonly set: string;
  readonly category: string;
  readonly expects: Expectation;
  /** Of a result. */
  readonly text?: string;
  readonly spans?: readonly LabelledSpan[];
  readonly arguments?: Readonly<Record<string, unknown>>;
  /** Of the tool that the arguments are for, where the set has it. */
  readonly schema?: unknown;
  readonly definition?: unknown;
  /** Development and held-out samples: half of each, by digest. */
  readonly half: "a" | "b";
}

type Json = Readonly<Record<string, unknown>>;

const expectations: Readonly<Record<string, Expectation>> = {
  clean: "clean",
  benign: "clean",
  "not-this-rule": "clean",
  False: "clean",
  pass: "clean",
  secret: "secrets",
  pii: "personal",
  injection: "prompt-injection",
  "injected-instruction": "prompt-injection",
  poisoned: "prompt-injection",
  attack: "injection",
  True: "any",
  detect: "any",
};

/** The name of an argument whose kind is the one where payloads of this category are dangerous. */
const argumentOf: Readonly<Record<string, string>> = {
  path_traversal: "path",
  path: "path",
  rfi: "url",
  ssrf: "url",
  url: "url",
};
const addressRules: ReadonlySet<unknown> = new Set([934110, 934120, 934190]);

/** Reads one record; undefined for labels that say nothing of a detector. */
export function readSample(
  line: string,
  set: string,
  schemas: ReadonlyMap<string, readonly unknown[]>,
): Sample | undefined {
  const record = JSON.parse(line) as Json;
  const expects = expectations[String(record["label"])];
  if (expects === undefined) return undefined;
  const category = String(record["category"] ?? record["label"]);
  const half = (createHash("sha256").update(line.trim()).digest()[0] ?? 0) % 2 === 0 ? "a" : "b";
  const head = {
    set,
    category: `${category} (${String(record["label"])}${natureOf(record, category)})`,
    expects,
    half,
  } as const;
  const content = contentOf(record, category, schemas);
  return content && { ...head, ...content };
}

/**
 * Samples of attacks whose value alone is none, counted by themselves: the payload stood in a name or a header, the value was
 * torn at "&" and "&#x7b;" in it, or it is an ordinary address that only a list of hosts can refuse.
 */
function natureOf({ label, values, text }: Json, category: string): string {
  const all = (Array.isArray(values) ? values : [text]).filter((it) => typeof it === "string");
  if (label !== "attack" || all.length === 0) return "";
  if (all.every((it) => /^[\p{L}\p{N}\s_.-]*$/u.test(it))) return ", words only";
  if (all.some((it) => /^(?:#x?[\da-f]{2,4}|amp|quot|lt|gt|apos);/i.test(it))) return ", torn";
  if (!all.some((it) => /[\p{L}\p{N}]/u.test(it))) return ", signs only";
  const isAddress =
    category === "rfi" && all.every((it) => /^(?:https?|ftp):\/\/[a-z][\w.:-]*\/?\??$/i.test(it));
  return isAddress ? ", outside address" : "";
}

function contentOf(
  record: Json,
  category: string,
  schemas: ReadonlyMap<string, readonly unknown[]>,
) {
  const { tool, call, log, text } = record;
  if (isObject(tool)) return { definition: tool };
  if (isObject(call)) {
    const schema = schemaFor(call["arguments"], schemas.get(String(call["name"])) ?? []);
    return { arguments: call["arguments"] as Json, ...(schema !== undefined && { schema }) };
  }
  if (log !== undefined) return { text: JSON.stringify(log) };
  return (
    valuesOf(record, category) ?? (typeof text === "string" ? textOf(record, text) : undefined)
  );
}

/** Of several tools of one name, the first that has all the arguments of the call. */
function schemaFor(args: unknown, schemas: readonly unknown[]): unknown {
  const names = isObject(args) ? Object.keys(args) : [];
  const fits = (schema: unknown) => {
    const properties = isObject(schema) ? schema["properties"] : undefined;
    return isObject(properties) && names.every((name) => Object.hasOwn(properties, name));
  };
  return schemas.find(fits) ?? schemas[0];
}

function valuesOf({ raw, values, text, label, rule }: Json, category: string) {
  if (Array.isArray(raw)) return { arguments: { calls: raw } };
  const name = addressRules.has(rule) ? "url" : (argumentOf[category] ?? "id");
  if (Array.isArray(values) && text === undefined) return { arguments: { [name]: values } };
  const isValue = label === "attack" || category === "sql" || category === "xss";
  return isValue && typeof text === "string" ? { arguments: { [name]: text } } : undefined;
}

function textOf({ spans }: Json, text: string) {
  return { text, ...(Array.isArray(spans) && { spans: spans as LabelledSpan[] }) };
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
