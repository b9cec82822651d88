import type { AuditClient, AuditEntry } from "../../core/audit/record.ts";
import type { Redactor } from "../call/redactor.ts";

/** In characters. What is cut off is counted in the text. */
const maxLengths = { name: 256, client: 200, detail: 2_048, pointer: 512, error: 1_000 } as const;
type Kind = keyof typeof maxLengths;
const maxRemembered = 5_000;

/**
 * Names and other short texts of a record that an agent or an upstream chose. Each is redacted, and cut only after that:
 * half a secret is not found.
 */
export class ShownTexts {
  /** Most calls say the same again. Only what may be seen is remembered, under the name of who said so. */
  readonly #harmless = new Set<string>();

  /** The entry as it may be written: its values were redacted before. */
  in<Entry extends AuditEntry>(entry: Entry, redactor: Redactor, ofError = redactor): Entry {
    const { tool, method, route, client, details, error, findings } = entry;
    const show = (text: string, kind: Kind) => this.#show(text, kind, redactor);
    const showAll = (texts: Readonly<Record<string, string>> | AuditClient, kind: Kind) =>
      Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, show(text, kind)]));
    return {
      ...entry,
      redactionKey: redactor.keyId,
      ...(tool !== undefined && { tool: show(tool, "name") }),
      ...(method !== undefined && { method: show(method, "name") }),
      ...(route !== undefined && { route: show(route, "name") }),
      ...(client && { client: showAll(client, "client") as AuditClient }),
      ...(details && { details: showAll(details, "detail") }),
      ...(error?.message !== undefined && {
        error: { ...error, message: this.#show(error.message, "error", ofError) },
      }),
      // Where a finding lies is told by the keys of the value, which may hold secrets as well.
      ...(findings && {
        findings: findings.map((it) => ({
          ...it,
          pointer: show(it.pointer ?? "", "pointer"),
        })),
      }),
    };
  }

  #show(text: string, kind: Kind, redactor: Redactor): string {
    const max = maxLengths[kind];
    const known = `${redactor.name}\0${text}`;
    if (text.length <= max && this.#harmless.has(known)) return text;
    const whole = String(redactor.redact(text)).toWellFormed();
    if (whole.length > max) {
      const rest = whole.length - max;
      return `${whole.slice(0, max).toWellFormed()}[${rest} further characters]`;
    }
    if (whole === text) {
      if (this.#harmless.size >= maxRemembered) this.#harmless.clear();
      this.#harmless.add(known);
    }
    return whole;
  }
}
