import type {
  ArgumentScanSettings,
  ResultScanSettings,
} from "../../core/policy/compiled-policy.ts";
import type { Finding } from "../call/finding.ts";
import { reveal } from "./hidden-characters.ts";
import { holdsBlob, holdsProtocolField } from "./opaque-fields.ts";
import { PieceInspection } from "./piece-inspection.ts";
import { RecordRedaction } from "./record-redaction.ts";
import { ScanBudget, ScanStopped } from "./scan-budget.ts";
import { SchemaValidator } from "./schema-validator.ts";
import { SecretFinder } from "./secret-finder.ts";
import { TextInspection } from "./text-inspection.ts";
import { ValueWalk } from "./value-walk.ts";
import {
  blockedByDetectors,
  blockedByStop,
  blockedByUnusableSchema,
  blockedByViolations,
  type InspectionVerdict,
  passedUnseen,
} from "./verdict.ts";
import { describeViolations } from "./violation-words.ts";

export type { InspectionVerdict } from "./verdict.ts";

const argumentBounds = { maxDepth: 64, maxNodes: 50_000 };
const messageBounds = { maxDepth: 100, maxNodes: 1_000_000 };
const budgetMs = 250;

const ignoredPattern: Finding = {
  rule: "schema.pattern.unsupported",
  direction: "arguments",
  pointer: "",
  action: "logged",
};

/** Looks through what agents send and what upstreams answer. Linear in time, and bounded. */
export class Inspector {
  readonly #redactionKey: Buffer;
  readonly #finder = new SecretFinder();
  readonly #schemas = new SchemaValidator();
  readonly #records: RecordRedaction;

  constructor(options: { readonly redactionKey: Buffer }) {
    this.#redactionKey = options.redactionKey;
    this.#records = new RecordRedaction(this.#finder, options.redactionKey);
  }

  /** Inspects the arguments of a tools/call. No `inputSchema`: it is not known, and not checked. Never throws. */
  inspectArguments(input: {
    readonly arguments: Readonly<Record<string, unknown>>;
    readonly inputSchema?: unknown;
    readonly settings: ArgumentScanSettings;
  }): InspectionVerdict {
    const { settings, inputSchema } = input;
    const texts = this.#texts("arguments", settings);
    const looked = settled("arguments", texts, () => {
      const value = new ValueWalk(texts, argumentBounds).walk(input.arguments);
      return afterTexts("arguments", texts, { original: input.arguments, value });
    });
    const checksSchema = settings.schema === "block" && inputSchema !== undefined;
    if (looked.kind === "blocked" || !checksSchema) return looked;
    return this.#checkSchema(inputSchema, input.arguments, looked);
  }

  /** Inspects any JSON-RPC message from an upstream: every text in it, keys too. Never throws. */
  inspectMessage(input: {
    readonly message: unknown;
    readonly settings: ResultScanSettings;
  }): InspectionVerdict {
    const texts = this.#texts("result", input.settings);
    const look = () => {
      const visitor = {
        text: texts.text.bind(texts),
        key: texts.key.bind(texts),
        skips: (key: string, holder: Readonly<Record<string, unknown>>, depth: number) =>
          holdsProtocolField(key, depth) || holdsBlob(key, holder),
      };
      const value = new ValueWalk(visitor, messageBounds).walk(input.message);
      return afterTexts("result", texts, { original: input.message, value });
    };
    const verdict = settled("result", texts, look);
    return verdict.kind === "blocked" && onlyLogs(input.settings) ? passedUnseen(verdict) : verdict;
  }

  /** Inspects an answer that goes on as it comes, where the settings only record. */
  inspectPieces(settings: ResultScanSettings): PieceInspection {
    const texts = this.#texts("result", settings);
    return new PieceInspection(texts);
  }

  /** The same value with every secret replaced by its token. Never throws; what is beyond the bounds is cut. */
  redactForRecord(value: unknown): unknown {
    return this.#records.redact(value);
  }

  #texts(direction: Finding["direction"], settings: ResultScanSettings): TextInspection {
    return new TextInspection({
      direction,
      secrets: settings.secrets,
      hiddenCharacters: settings.hiddenCharacters,
      finder: this.#finder,
      redactionKey: this.#redactionKey,
      budget: new ScanBudget(budgetMs),
      readsKeys: direction === "result",
    });
  }

  /** On what the agent sent: a redacted value may not fit where the original did, and that is not its fault. */
  #checkSchema(schema: unknown, value: unknown, looked: InspectionVerdict): InspectionVerdict {
    const { findings } = looked;
    const validation = this.#schemas.validate(schema, value);
    if (validation.kind === "unusable")
      return blockedByUnusableSchema(validation.problem, findings);
    if (validation.kind === "valid") {
      return validation.ignoresPatterns
        ? { ...looked, findings: [...findings, ignoredPattern] }
        : looked;
    }
    const violations = describeViolations(validation.errors).map(({ pointer, words }) => ({
      pointer: this.#forModel(pointer),
      words: this.#forModel(words),
    }));
    return blockedByViolations(violations, findings);
  }

  #forModel(text: string): string {
    return reveal(String(this.redactForRecord(text)));
  }
}

function afterTexts(
  direction: Finding["direction"],
  { blocks, findings }: TextInspection,
  { original, value }: { readonly original: unknown; readonly value: unknown },
): InspectionVerdict {
  if (blocks) return blockedByDetectors(direction, findings);
  return value === original ? { kind: "clean", findings } : { kind: "redacted", value, findings };
}

function onlyLogs({ secrets, hiddenCharacters }: ResultScanSettings): boolean {
  return [secrets, hiddenCharacters].every((action) => action === "log" || action === "off");
}

/** What cannot be looked through does not pass, whatever the cause. */
function settled(
  direction: Finding["direction"],
  texts: TextInspection,
  look: () => InspectionVerdict,
): InspectionVerdict {
  try {
    return look();
  } catch (error) {
    const stopped =
      error instanceof ScanStopped ? error : new ScanStopped("scan.limits", "it cannot be read");
    return blockedByStop(direction, stopped, texts.findings);
  }
}
