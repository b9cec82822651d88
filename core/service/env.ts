import { readFileSync } from "node:fs";

export type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads settings from the environment and reports every problem at once,
 * so that a wrong deployment is mended in one round.
 */
export class EnvReader {
  readonly #problems: string[] = [];
  readonly #env: Env;

  constructor(env: Env) {
    this.#env = env;
  }

  /** Empty counts as not set. Without a fallback the setting is required. */
  string(name: string, fallback?: string): string {
    const value = this.#env[name] || fallback;
    if (value === undefined) this.#problems.push(`${name} is required`);
    return value ?? "";
  }

  /** A secret: from NAME, or from the file that NAME_FILE names. Never printed. */
  secret(name: string): string | undefined {
    const path = this.#env[`${name}_FILE`];
    if (!path) return this.#env[name] || undefined;
    try {
      return readFileSync(path, "utf8").trim() || undefined;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
      this.#problems.push(`${name}_FILE names a file that cannot be read (${code}): ${path}`);
      return undefined;
    }
  }

  /** Like {@link secret}; missing is a problem. */
  requiredSecret(name: string): string {
    const known = this.#problems.length;
    const secret = this.secret(name);
    if (secret === undefined && this.#problems.length === known) {
      this.#problems.push(`${name} or ${name}_FILE is required`);
    }
    return secret ?? "";
  }

  /** Keys in base64, separated by commas or lines: from NAME, or from the file that NAME_FILE names. */
  keys(name: string, bytes: number): Buffer[] {
    const keys = (this.secret(name) ?? "")
      .split(/[\s,]+/)
      .filter((text) => text !== "")
      .map((text) => Buffer.from(text, "base64"));
    if (keys.some((key) => key.length !== bytes)) {
      this.#problems.push(`${name} must hold keys of ${bytes} bytes each, in base64`);
    }
    return keys;
  }

  /** Empty when it is not set. */
  optional(name: string): string {
    return this.#env[name] ?? "";
  }

  /** Entries separated by commas. */
  list(name: string): string[] {
    return this.optional(name)
      .split(",")
      .map((entry) => entry.trim())
      .filter((entry) => entry !== "");
  }

  port(name: string, fallback: number): number {
    return this.integer(name, { fallback, min: 0, max: 65_535, what: "a port" });
  }

  integer(
    name: string,
    range: {
      readonly fallback: number;
      readonly min: number;
      readonly max: number;
      readonly what?: string;
    },
  ): number {
    const value = Number(this.#env[name] || range.fallback);
    if (!Number.isInteger(value) || value < range.min || value > range.max) {
      const wanted = range.what ?? `a whole number from ${range.min} to ${range.max}`;
      this.#problems.push(`${name} must be ${wanted}, got ${this.#env[name]}`);
    }
    return value;
  }

  oneOf<const Word extends string>(name: string, words: readonly Word[], fallback: Word): Word {
    const value = this.#env[name] || fallback;
    if (!words.includes(value as Word)) {
      this.#problems.push(`${name} must be one of ${words.join(", ")}, got ${value}`);
    }
    return value as Word;
  }

  /** Adds a problem that only the caller can see. */
  report(problem: string): void {
    this.#problems.push(problem);
  }

  /** Call last. Throws when any setting was missing or malformed. */
  assertValid(): void {
    if (this.#problems.length > 0) {
      throw new Error(`invalid settings:\n  ${this.#problems.join("\n  ")}`);
    }
  }
}
