import type { ScanActionName } from "../../core/policy/compiled-policy.ts";
import type { Finding } from "../call/finding.ts";
import { findHidden, isPlainAscii, reveal, strip } from "./hidden-characters.ts";
import { redactionToken } from "./redaction-token.ts";
import type { ScanBudget } from "./scan-budget.ts";
import type { FoundSecret, SecretFinder } from "./secret-finder.ts";
import type { Pointer, TextVisitor } from "./value-walk.ts";

const maxFindings = 100;

export interface TextInspectionOptions {
  readonly direction: Finding["direction"];
  readonly secrets: ScanActionName;
  readonly hiddenCharacters: ScanActionName;
  readonly finder: SecretFinder;
  readonly redactionKey: Buffer;
  readonly budget: ScanBudget;
  /**
   * Whether a value under a key such as "password" is taken for one. Not for arguments: a tool that asks
   * for a password is to get it.
   */
  readonly readsKeys: boolean;
}

const actionTaken = { log: "logged", redact: "redacted", block: "blocked" } as const;

/** Looks at each text of one value, and remembers what it found. */
export class TextInspection implements TextVisitor {
  readonly #options: TextInspectionOptions;
  readonly #findings: Finding[] = [];
  #blocks = false;

  constructor(options: TextInspectionOptions) {
    this.#options = options;
  }

  /** The first findings; there may have been more. */
  get findings(): readonly Finding[] {
    return this.#findings;
  }

  get blocks(): boolean {
    return this.#blocks;
  }

  text(text: string, pointer: Pointer, key: string | undefined): string {
    return this.#withoutSecrets(this.#withoutHidden(text, pointer), pointer, key);
  }

  key(key: string, pointer: Pointer): { readonly key: string; readonly mayShow: boolean } {
    const before = this.#findings.length;
    const changed = this.text(key, pointer, undefined);
    const mayShow = this.#findings.length === before && before < maxFindings;
    return { key: changed, mayShow };
  }

  #withoutHidden(text: string, pointer: Pointer): string {
    const { hiddenCharacters: action, budget } = this.#options;
    if (action === "off") return text;
    const spans = findHidden(text, budget);
    if (spans.length === 0) return text;
    for (const kind of new Set(spans.map((span) => span.kind))) {
      this.#report(`hidden.${kind}`, pointer, action);
    }
    return action === "redact" ? strip(text, spans) : text;
  }

  #withoutSecrets(text: string, pointer: Pointer, key: string | undefined): string {
    const { secrets: action } = this.#options;
    if (action === "off") return text;
    const seen = this.#findSecrets(text, key);
    for (const type of new Set(seen.found.map(({ rule }) => rule.type))) {
      this.#report(`secrets.${type}`, pointer, action);
    }
    return action === "redact" ? this.#redacted(seen) : text;
  }

  #redacted({ text, found }: Seen): string {
    const { redactionKey, budget } = this.#options;
    let redacted = "";
    let from = 0;
    for (const { start, end, rule } of found) {
      budget.spendWindow();
      const token = redactionToken(redactionKey, rule.type, text.slice(start, end));
      redacted += text.slice(from, start) + token;
      from = end;
    }
    return redacted + text.slice(from);
  }

  /** What invisible characters or look-alike forms hide is found in the revealed text, which then is the one to redact. */
  #findSecrets(text: string, key: string | undefined): Seen {
    const plain = { text, found: this.#findNamed(text, key) };
    if (isPlainAscii(text)) return plain;
    const bare = reveal(text);
    if (bare === text) return plain;
    const revealed = { text: bare, found: this.#findNamed(bare, key) };
    return revealed.found.length > plain.found.length ? revealed : plain;
  }

  /** A value can be a secret because of its key alone, so the two are read as one assignment. */
  #findNamed(text: string, key: string | undefined): readonly FoundSecret[] {
    const { finder, budget, readsKeys } = this.#options;
    const found = finder.find(text, budget);
    if (found.length > 0 || !readsKeys || key === undefined || !mayNameSecret(key, text))
      return found;
    const lead = `${key}="`;
    return finder
      .find(`${lead}${text}"`, budget)
      .map((secret) => ({
        ...secret,
        start: Math.max(secret.start - lead.length, 0),
        end: Math.min(secret.end - lead.length, text.length),
      }))
      .filter(({ start, end }) => end > start);
  }

  #report(rule: string, pointer: Pointer, action: Exclude<ScanActionName, "off">): void {
    this.#blocks ||= action === "block";
    if (this.#findings.length >= maxFindings) return;
    const { direction } = this.#options;
    this.#findings.push({ rule, direction, pointer: `${pointer}`, action: actionTaken[action] });
  }
}

interface Seen {
  readonly text: string;
  readonly found: readonly FoundSecret[];
}

const longestNamed = 512;
const namesSecret = /pass|pwd|secret|token|key|cred|auth/i;

function mayNameSecret(key: string, text: string): boolean {
  return (
    text.length >= 8 && text.length <= longestNamed && key.length <= 64 && namesSecret.test(key)
  );
}
