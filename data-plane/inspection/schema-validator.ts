import { hash } from "node:crypto";
import type { ErrorObject, Options, ValidateFunction } from "ajv";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import canonicalize from "canonicalize";
import { linearPattern } from "./linear-pattern.ts";
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
      readonly forget: () => void;
    }
  | { readonly ok: false; readonly problem: string };

const maxCompiled = 1_000;
const workPerValidation = 1_000_000;
const workPerStep = 20;

class TooMuchWork extends Error {}

/** Validates values against JSON Schemas that nobody vouches for: linear in time, bounded, without network. */
export class SchemaValidator {
  readonly #compiled = new Map<string, Compiled>();
  /** Schemas come from the catalogue of tools, so the same object comes again and again. */
  readonly #hashes = new WeakMap<object, string>();
  readonly #dialects: readonly Dialect[];
  #workLeft = 0;
  #sawUnsupportedPattern = false;

  constructor() {
    const modern = this.#dialect(Ajv2020);
    const draft7 = this.#dialect(Ajv);
    this.#dialects = [modern, draft7];
  }

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
    this.#forgetOldest();
    return compiled;
  }

  #forgetOldest(): void {
    if (this.#compiled.size <= maxCompiled) return;
    const [oldest] = this.#compiled;
    if (!oldest) return;
    const [key, compiled] = oldest;
    this.#compiled.delete(key);
    if (compiled.ok) compiled.forget();
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
    for (const dialect of this.#dialectsFor(schema)) {
      try {
        return this.#compileIn(dialect, hardened.schema);
      } catch (error) {
        dialect.quick.removeSchema(hardened.schema);
        problem = reasonOf(error);
      }
    }
    return { ok: false, problem };
  }

  #compileIn(dialect: Dialect, schema: Record<string, unknown> | boolean): Compiled {
    this.#sawUnsupportedPattern = false;
    const check = dialect.quick.compile(schema);
    let explain: ValidateFunction | undefined;
    return {
      ok: true,
      check,
      explain: () => {
        explain ??= dialect.thorough.compile(schema);
        return explain;
      },
      ignoresPatterns: this.#sawUnsupportedPattern,
      forget: () => {
        dialect.quick.removeSchema(schema);
        dialect.thorough.removeSchema(schema);
      },
    };
  }

  /** What declares an older dialect is read as such; what declares none is tried in both. */
  #dialectsFor(schema: unknown): readonly Dialect[] {
    const [modern, draft7] = this.#dialects as readonly [Dialect, Dialect];
    const declared = (schema as { readonly $schema?: unknown } | null)?.$schema;
    if (typeof declared !== "string") return [modern, draft7];
    return /draft-0[3-7]/.test(declared) ? [draft7] : [modern];
  }

  #dialect(dialect: typeof Ajv | typeof Ajv2020): Dialect {
    const options = hardenedOptions((source) => this.#pattern(source));
    return {
      quick: this.#withKeywords(new dialect(options)),
      thorough: this.#withKeywords(new dialect({ ...options, allErrors: true })),
    };
  }

  #withKeywords<Validator extends Ajv | Ajv2020>(ajv: Validator): Validator {
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
  #pattern(source: string) {
    const pattern = linearPattern(source, (characters) => this.#spend(characters));
    if (!pattern) this.#sawUnsupportedPattern = true;
    return pattern ?? { test: () => true };
  }

  #spend(work: number): void {
    this.#workLeft -= work;
    if (this.#workLeft < 0) throw new TooMuchWork();
  }
}

interface Dialect {
  readonly quick: Ajv | Ajv2020;
  readonly thorough: Ajv | Ajv2020;
}

function hardenedOptions(pattern: (source: string) => { test(text: string): boolean }): Options {
  return {
    strict: false,
    meta: false,
    validateSchema: false,
    addUsedSchema: false,
    inlineRefs: false,
    ownProperties: true,
    allErrors: false,
    logger: false,
    messages: true,
    code: { regExp: Object.assign(pattern, { code: "linearPattern" }) as never },
  };
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
