import { hash } from "node:crypto";
import type { ErrorObject, ValidateFunction } from "ajv";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import canonicalize from "canonicalize";
import { linearPattern, type Pattern } from "./linear-pattern.ts";
import { hardenSchema, stepKeyword } from "./schema-limits.ts";

export type Validation =
  | { readonly kind: "valid"; readonly ignoresPatterns: boolean }
  | { readonly kind: "invalid"; readonly errors: readonly ErrorObject[] }
  /** The schema cannot be used, or using it costs too much. */
  | { readonly kind: "unusable"; readonly problem: string };

type Compiled =
  | {
      readonly ok: true;
      /** Stops at the first error: what nearly every call needs. */
      readonly check: ValidateFunction;
      /** Compiled when a call has errors. */
      readonly explain: () => ValidateFunction;
      readonly ignoresPatterns: boolean;
    }
  | { readonly ok: false; readonly problem: string };

type Dialect = typeof Ajv | typeof Ajv2020;

const maxCompiled = 1_000;
const workPerValidation = 1_000_000;
const workPerStep = 20;

class TooMuchWork extends Error {}

/** Validates values against JSON Schemas that nobody vouches for: linear in time, bounded, without network. */
export class SchemaValidator {
  readonly #compiled = new Map<string, Compiled>();
  /** Schemas come from the catalogue of tools, so the same object comes again and again. */
  readonly #hashes = new WeakMap<object, string>();
  #workLeft = 0;
  #sawUnsupportedPattern = false;

  /** Never throws. */
  validate(schema: unknown, value: unknown): Validation {
    const compiled = this.#compiledOf(schema);
    if (!compiled.ok) return { kind: "unusable", problem: compiled.problem };
    try {
      this.#workLeft = workPerValidation;
      if (compiled.check(value)) {
        return { kind: "valid", ignoresPatterns: compiled.ignoresPatterns };
      }
      const explain = compiled.explain();
      this.#workLeft = workPerValidation;
      explain(value);
      return { kind: "invalid", errors: explain.errors ?? compiled.check.errors ?? [] };
    } catch (error) {
      const tooMuch = error instanceof TooMuchWork || error instanceof RangeError;
      return {
        kind: "unusable",
        problem: tooMuch ? "takes too much work to check" : "cannot be applied",
      };
    }
  }

  #compiledOf(schema: unknown): Compiled {
    const key = this.#keyOf(schema);
    const known = this.#compiled.get(key);
    if (known) {
      this.#compiled.delete(key);
      this.#compiled.set(key, known);
      return known;
    }
    const compiled = this.#compile(schema);
    this.#compiled.set(key, compiled);
    const [oldest] = this.#compiled.keys();
    if (this.#compiled.size > maxCompiled && oldest) this.#compiled.delete(oldest);
    return compiled;
  }

  #keyOf(schema: unknown): string {
    if (typeof schema !== "object" || schema === null) return typeof schema + String(schema);
    const known = this.#hashes.get(schema);
    if (known) return known;
    const key = hashOf(schema);
    this.#hashes.set(schema, key);
    return key;
  }

  #compile(schema: unknown): Compiled {
    const hardened = hardenSchema(schema);
    if (!hardened.ok) return hardened;
    let problem = "cannot be compiled";
    for (const dialect of dialectsFor(schema)) {
      try {
        return this.#compileIn(dialect, hardened.schema);
      } catch (error) {
        problem = reasonOf(error);
      }
    }
    return { ok: false, problem };
  }

  #compileIn(dialect: Dialect, schema: Record<string, unknown> | boolean): Compiled {
    this.#sawUnsupportedPattern = false;
    const check = this.#compiler(dialect, false).compile(schema);
    let explain: ValidateFunction | undefined;
    return {
      ok: true,
      check,
      explain: () => {
        explain ??= this.#compiler(dialect, true).compile(schema);
        return explain;
      },
      ignoresPatterns: this.#sawUnsupportedPattern,
    };
  }

  /** One for each schema: a compiler remembers all that it compiled, and two schemas must not meet in it. */
  #compiler(dialect: Dialect, allErrors: boolean): Ajv | Ajv2020 {
    const ajv = new dialect({
      strict: false,
      meta: false,
      validateSchema: false,
      inlineRefs: false,
      ownProperties: true,
      allErrors,
      logger: false,
      code: { regExp: Object.assign(this.#pattern.bind(this), { code: "linearPattern" }) },
    });
    addFormats.default(ajv as Ajv, {
      mode: "fast",
      formats: ["date", "email", "ipv4", "ipv6", "uri", "uuid"],
    });
    ajv.removeKeyword("uniqueItems");
    ajv.addKeyword({
      keyword: "uniqueItems",
      type: "array",
      schemaType: "boolean",
      error: { message: "must not hold the same item twice" },
      validate: (unique: boolean, items: unknown[]) => !unique || areDistinct(items),
    });
    ajv.addKeyword({
      keyword: stepKeyword,
      before: "$ref",
      errors: false,
      validate: () => {
        this.#spend(workPerStep);
        return true;
      },
    });
    return ajv;
  }

  /** A pattern that cannot run in linear time is not enforced, and the caller is told so. */
  #pattern(source: string): Pattern {
    const pattern = linearPattern(source, (steps) => this.#spend(steps));
    if (pattern) return pattern;
    this.#sawUnsupportedPattern = true;
    return { test: () => true, toString: () => `unsupported ${source}` };
  }

  #spend(work: number): void {
    this.#workLeft -= work;
    if (this.#workLeft < 0) throw new TooMuchWork();
  }
}

/** What declares an older dialect is read as such; what declares none is tried in both. */
function dialectsFor(schema: unknown): readonly Dialect[] {
  const declared = (schema as { readonly $schema?: unknown } | null)?.$schema;
  if (typeof declared !== "string") return [Ajv2020, Ajv];
  return /draft-0[3-7]/.test(declared) ? [Ajv] : [Ajv2020];
}

function hashOf(schema: object): string {
  try {
    return hash("sha256", JSON.stringify(schema), "base64url");
  } catch {
    return "not JSON";
  }
}

/** In linear time, whatever the order of keys. */
function areDistinct(items: readonly unknown[]): boolean {
  return new Set(items.map((item) => canonicalize(item))).size === items.length;
}

/** In our words: messages of the compiler may quote the schema. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : "";
  return /resolve reference/.test(message)
    ? "refers to a schema that is not part of it"
    : "cannot be compiled";
}
