import { createHash } from "node:crypto";
import type { CustomDetector } from "../../core/policy/compiled-scanning.ts";
import type { RedactionScope, Redactor, Showing } from "../call/redactor.ts";
import { notRecorded } from "../call/unseen.ts";
import type { CleanTexts } from "./clean-texts.ts";
import { FindingLog } from "./finding-log.ts";
import { holdsBlob } from "./opaque-fields.ts";
import type { Prefilter } from "./prefilter.ts";
import { recordSettings, secretsOnly } from "./record-settings.ts";
import type { RedactionKeys } from "./redaction-keys.ts";
import { ScanBudget, ScanStopped } from "./scan-budget.ts";
import type { SecretFinder } from "./secret-finder.ts";
import type { TextSettings } from "./text-detectors.ts";
import { TextInspection, type TextInspectionOptions } from "./text-inspection.ts";
import { ValueWalk } from "./value-walk.ts";

const bounds = { maxDepth: 100, maxNodes: 100_000 };
const longestText = 1_048_576;
/** A private key, in escapes. */
const longestSecret = 65_536;
const budgetMs = 250;
const maxSecrets = 1_024;
const maxFindings = 16_384;
/** Of what must not make others wait for long. */
const secretsBudgetMs = 50;

interface HowToRedact {
  readonly settings?: TextSettings;
  readonly tokens?: Showing["tokens"];
  readonly scope?: RedactionScope | undefined;
}

interface RecordRedactionOptions
  extends Pick<TextInspectionOptions, "finder" | "prefilter" | "cleanTexts"> {
  readonly keys: RedactionKeys;
}

/** Takes out of what is recorded or shown to approvers what must not be seen there. */
export class RecordRedaction {
  readonly #finder: SecretFinder;
  readonly #prefilter: Prefilter;
  readonly #keys: RedactionKeys;
  readonly #cleanTexts: CleanTexts;

  constructor(options: RecordRedactionOptions) {
    this.#finder = options.finder;
    this.#prefilter = options.prefilter;
    this.#keys = options.keys;
    this.#cleanTexts = options.cleanTexts;
  }

  /** What redacts for records, or for people. */
  redactorFor(showing: Showing): Redactor {
    const settings = recordSettings(showing);
    const { personalDataTypes, custom } = settings;
    const { tokens, scope } = showing;
    const { id: keyId } = this.#keys.of(scope);
    const name = JSON.stringify([tokens, personalDataTypes, custom.map((it) => identityOf(it))]);
    const redact = (value: unknown) => this.redact(value, { settings, tokens, scope });
    return { name, keyId, redact };
  }

  /** A record must come about whatever the value: what cannot be looked through is named instead of shown. */
  redact(value: unknown, { settings = secretsOnly, tokens, scope }: HowToRedact = {}): unknown {
    const hasOnlyOurs = tokens === "ours";
    try {
      return this.#redact(value, {
        settings,
        escapesTokens: !hasOnlyOurs,
        hasOnlyOurs,
        budget: new ScanBudget(budgetMs),
        scope,
      });
    } catch (error) {
      const reason = error instanceof ScanStopped ? error.message : "it cannot be read";
      return notRecorded(value, reason);
    }
  }

  /** The secrets of a value themselves, at most 1,024 of them. What cannot be looked through has none. */
  secretsIn(value: unknown): readonly string[] {
    const settings = { ...secretsOnly, secrets: "log" } as const;
    const found = new Set<string>();
    let findings = 0;
    const onSecret = (secret: string) => {
      findings += 1;
      if (found.size >= maxSecrets || findings > maxFindings) throw new Error("enough was found");
      found.add(secret);
    };
    try {
      this.#redact(value, { settings, budget: new ScanBudget(secretsBudgetMs), onSecret });
    } catch {
      // What was found so far is known.
    }
    return [...found];
  }

  #redact(
    value: unknown,
    looking: Pick<
      TextInspectionOptions,
      "settings" | "budget" | "onSecret" | "escapesTokens" | "hasOnlyOurs"
    > & { readonly scope?: RedactionScope | undefined },
  ): unknown {
    const log = new FindingLog({
      direction: "arguments",
      mode: "enforce",
      exceptions: [],
      nowMs: Date.now,
    });
    const texts = new TextInspection({
      log,
      finder: this.#finder,
      prefilter: this.#prefilter,
      cleanTexts: this.#cleanTexts,
      redactionKey: this.#keys.of(looking.scope).bytes,
      readsKeys: true,
      ...looking,
    });
    const visitor = {
      text: (...[text, pointer, key]: Parameters<TextInspection["text"]>) =>
        beginning(text, (begun) => texts.text(begun, pointer, key)),
      key: (...[key, pointer]: Parameters<TextInspection["key"]>) => {
        let mayShow = true;
        const changed = beginning(key, (begun) => {
          const seen = texts.key(begun, pointer);
          mayShow = seen.mayShow;
          return seen.key;
        });
        return { key: changed, mayShow };
      },
      special: describedBlob,
    };
    return new ValueWalk(visitor, bounds).walk(value);
  }
}

/** What a detector looks for, in a word. */
function identityOf({ name, literals, pattern, checksum }: CustomDetector): readonly unknown[] {
  return [name, literals, pattern?.pattern(), checksum];
}

/** A picture or a file says nothing in a record; its digest says which one it was. What it holds may be a secret in other letters. */
function describedBlob(key: string, holder: Readonly<Record<string, unknown>>): string | undefined {
  if (!holdsBlob(key, holder) || holder[key] === "") return undefined;
  const bytes = Buffer.from(String(holder[key]), "base64");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return `[blob: ${bytes.length} bytes, sha256 ${sha256}]`;
}

/**
 * The beginning of a long text without its secrets. More than that is looked through, so that what lies across the cut is
 * whole; the end of what was looked through, where halves may be, is left off.
 */
function beginning(text: string, redact: (text: string) => string): string {
  if (text.length <= longestText) return redact(text);
  const redacted = redact(text.slice(0, longestText + longestSecret));
  return `${redacted.slice(0, Math.max(0, redacted.length - longestSecret))}[cut]`;
}
