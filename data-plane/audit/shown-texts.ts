import type { AuditClient, AuditEntry } from "../../core/audit/record.ts";

/** In characters. What is cut off is counted in the text. */
const maxLengths = { name: 256, client: 200, detail: 2_048, pointer: 512, error: 1_000 } as const;
const maxRemembered = 5_000;

/**
 * Names and other short texts of a record that an agent or an upstream chose. Each is redacted, and cut only after that:
 * half a secret is not found.
 */
export class ShownTexts {
  readonly #redact: (value: unknown) => unknown;
  /** Most calls say the same again. Only what may be seen is remembered. */
  readonly #harmless = new Set<string>();

  constructor(redact: (value: unknown) => unknown) {
    this.#redact = redact;
  }

  /** The entry as it may be written: its values were redacted before. */
  in<Entry extends AuditEntry>(entry: Entry): Entry {
    const { tool, method, route, client, details, error, findings } = entry;
    return {
      ...entry,
      ...(tool !== undefined && { tool: this.#show(tool, "name") }),
      ...(method !== undefined && { method: this.#show(method, "name") }),
      ...(route !== undefined && { route: this.#show(route, "name") }),
      ...(client && { client: this.#showAll(client, "client") as AuditClient }),
      ...(details && { details: this.#showAll(details, "detail") }),
      ...(error?.message !== undefined && {
        error: { ...error, message: this.#show(error.message, "error") },
      }),
      // Where a finding lies is told by the keys of the value, which may hold secrets as well.
      ...(findings && {
        findings: findings.map((it) => ({
          ...it,
          pointer: this.#show(it.pointer ?? "", "pointer"),
        })),
      }),
    };
  }

  #showAll(texts: Readonly<Record<string, string>> | AuditClient, kind: keyof typeof maxLengths) {
    return Object.fromEntries(
      Object.entries(texts).map(([key, text]) => [key, this.#show(text, kind)]),
    );
  }

  #show(text: string, kind: keyof typeof maxLengths): string {
    const max = maxLengths[kind];
    if (text.length <= max && this.#harmless.has(text)) return text;
    const whole = String(this.#redact(text)).toWellFormed();
    if (whole.length > max) {
      const rest = whole.length - max;
      return `${whole.slice(0, max).toWellFormed()}[${rest} further characters]`;
    }
    if (whole === text) {
      if (this.#harmless.size >= maxRemembered) this.#harmless.clear();
      this.#harmless.add(text);
    }
    return whole;
  }
}
