import type { ScanSettings } from "../../core/policy/compiled-scanning.ts";
import type { Finding } from "../call/finding.ts";
import type { RedactionScope, Redactor, Showing } from "../call/redactor.ts";
import { type Carry, newCarry } from "./carry.ts";
import { CleanTexts } from "./clean-texts.ts";
import { FindingLog } from "./finding-log.ts";
import { reveal } from "./hidden-characters.ts";
import { ArgumentInspection } from "./injection/argument-inspection.ts";
import { messageVisitor } from "./message-visitor.ts";
import { PieceInspection } from "./piece-inspection.ts";
import { Prefilter } from "./prefilter.ts";
import { KnownQuietKeys } from "./quiet-keys.ts";
import { RecordRedaction } from "./record-redaction.ts";
import { RedactionKeys, type RedactionSecret } from "./redaction-keys.ts";
import { ScanBudget, ScanStopped } from "./scan-budget.ts";
import { onlyRecords } from "./scan-scope.ts";
import { SchemaValidator } from "./schema-validator.ts";
import { SecretFinder } from "./secret-finder.ts";
import { afterTexts, settled } from "./settle.ts";
import { type Sought, soughtIn } from "./sought.ts";
import { structureFindings } from "./structure-findings.ts";
import { TakenValues } from "./taken-values.ts";
import { TextInspection } from "./text-inspection.ts";
import { type Pointer, ValueWalk } from "./value-walk.ts";
import {
  blockedByUnusableSchema,
  blockedByViolations,
  type InspectionVerdict,
  passedUnseen,
} from "./verdict.ts";
import { describeViolations } from "./violation-words.ts";
import { withFlags } from "./with-flags.ts";

export type { InspectionVerdict } from "./verdict.ts";

const argumentBounds = { maxDepth: 64, maxNodes: 50_000 };
const messageBounds = { maxDepth: 100, maxNodes: 1_000_000 };
const ignoredPattern: Finding = {
  rule: "schema.pattern.unsupported",
  direction: "arguments",
  pointer: "",
  action: "logged",
};

export interface InspectorOptions extends RedactionSecret {
  /** Milliseconds since 1970. Default: the clock. */
  readonly nowMs?: () => number;
}

/** What one inspection is made of. */
interface Looking {
  readonly texts: TextInspection;
  readonly log: FindingLog;
  readonly budget: ScanBudget;
  readonly sought: Sought;
}

/** What comes with a value. */
interface Begun {
  readonly carry?: Carry;
  readonly scope?: RedactionScope;
  readonly taken?: TakenValues | undefined;
  readonly tokens?: ReadonlySet<string> | undefined;
}

/** Looks through what agents send and what upstreams answer. Linear in time, and bounded. */
export class Inspector {
  readonly #keys: RedactionKeys;
  readonly #nowMs: () => number;
  readonly #finder = new SecretFinder();
  readonly #prefilter = new Prefilter(this.#finder);
  readonly #cleanTexts = new CleanTexts();
  readonly #quietKeys = new KnownQuietKeys();
  readonly #schemas = new SchemaValidator();
  readonly #records: RecordRedaction;

  constructor({ nowMs = Date.now, ...secret }: InspectorOptions) {
    this.#keys = new RedactionKeys(secret);
    this.#nowMs = nowMs;
    this.#records = new RecordRedaction({
      finder: this.#finder,
      prefilter: this.#prefilter,
      keys: this.#keys,
      cleanTexts: this.#cleanTexts,
    });
  }

  /** Inspects the arguments of a tools/call. No `inputSchema`: it is not known, and not checked. Never throws. */
  inspectArguments(input: ArgumentsToInspect): InspectionVerdict {
    const { settings, inputSchema } = input;
    const looking = this.#begin("arguments", settings, input);
    const looked = settled("arguments", looking, () => {
      const value = new ValueWalk(looking.texts, argumentBounds).walk(input.arguments);
      for (const { rule, pointer, action } of structureFindings(input)) {
        looking.log.report(rule, this.#forModel(pointer, input.scope), action);
      }
      this.#findPayloads(input, looking);
      return afterTexts("arguments", looking, { original: input.arguments, value });
    });
    const checksSchema = settings.arguments.schema === "block" && inputSchema !== undefined;
    if (looked.kind === "blocked" || !checksSchema) return looked;
    return this.#checkSchema(inputSchema, input, looked);
  }

  /** Inspects any JSON-RPC message from an upstream: every text in it, keys too. Never throws. */
  inspectMessage(input: {
    readonly message: unknown;
    readonly settings: ScanSettings;
    /** Of the call or stream that the message belongs to: what is split over its messages is found. */
    readonly carry?: Carry;
    /** Whose tokens stand for what is redacted. Default: of no tenant, now. */
    readonly scope?: RedactionScope;
    /** The types of what is to be told of what is taken out. */
    readonly keep?: readonly string[];
  }): InspectionVerdict {
    const taken = input.keep && new TakenValues(input.keep);
    const looking = this.#begin("result", input.settings, { carry: newCarry(), ...input, taken });
    const { texts, log } = looking;
    const { links } = input.settings.results;
    const redactionKey = this.#keys.of(input.scope).bytes;
    const look = () => {
      const visitor = messageVisitor({ texts, log, links, redactionKey });
      const walked = new ValueWalk(visitor, messageBounds).walk(input.message);
      const value = withFlags(walked, looking.log.flags);
      return afterTexts("result", looking, { original: input.message, value });
    };
    const verdict = settled("result", looking, look);
    if (taken && verdict.kind === "redacted") return { ...verdict, taken: taken.all };
    return verdict.kind === "blocked" && onlyRecords(input.settings)
      ? passedUnseen(verdict)
      : verdict;
  }

  /** Inspects an answer that goes on as it comes, where the settings only record. */
  inspectPieces(settings: ScanSettings): PieceInspection {
    const { texts, log } = this.#begin("result", settings);
    return new PieceInspection(texts, log);
  }

  /** What takes out of records, and of what people are shown, what must not be seen there. */
  redactorFor(showing: Showing): Redactor {
    return this.#records.redactorFor(showing);
  }

  /** The same value with every secret replaced by its token. Never throws; what is beyond the bounds is cut. */
  redactForRecord(value: unknown, how: Pick<Showing, "tokens" | "scope"> = {}): unknown {
    return this.#records.redact(value, how);
  }

  /**
   * The secrets of a value, for this process to recognise them again: they must be neither kept, shown nor recorded.
   * Never throws; what is beyond the bounds has none.
   */
  secretsIn(value: unknown): readonly string[] {
    return this.#records.secretsIn(value);
  }

  #begin(direction: Finding["direction"], settings: ScanSettings, input: Begun = {}): Looking {
    const { carry, taken, tokens } = input;
    const { mode, exceptions, budget: costs } = settings;
    const sought = soughtIn(direction, settings);
    const { blocked } = sought;
    const log = new FindingLog({ direction, mode, exceptions, nowMs: this.#nowMs, blocked });
    const budget = new ScanBudget(costs.maxMs, costs.maxBytes);
    const redactionKey = this.#keys.of(input.scope).bytes;
    const texts = new TextInspection({
      settings: sought.texts,
      escapesTokens: sought.escapesTokens,
      log,
      finder: this.#finder,
      prefilter: this.#prefilter,
      redactionKey,
      cleanTexts: this.#cleanTexts,
      quietKeys: this.#quietKeys.of(sought.texts, redactionKey),
      budget,
      readsKeys: direction === "result",
      contextAt: speaksOfTools,
      carry,
      taken,
      ownTokens: tokens,
      onExceed: sought.onExceed,
    });
    return { texts, log, budget, sought };
  }

  /** Payloads: only once the walk has shown that the value is within its bounds. */
  #findPayloads(input: ArgumentsToInspect, { log, budget, sought }: Looking): void {
    const { injection } = input.settings.arguments;
    if (injection === "off") return;
    const { onExceed } = sought;
    const inspection = new ArgumentInspection(input.settings.arguments, budget, (rule, pointer) =>
      log.report(rule, pointer, rule === "scan.truncated" ? (onExceed ?? injection) : injection),
    );
    try {
      inspection.inspect(input.arguments, input.inputSchema);
    } catch (error) {
      if (!onExceed || !(error instanceof ScanStopped)) throw error;
      log.report(error.rule, "", onExceed);
    }
  }

  /** On what the agent sent: a redacted value may not fit where the original did, and that is not its fault. */
  #checkSchema(
    schema: unknown,
    { arguments: value, scope }: Pick<ArgumentsToInspect, "arguments" | "scope">,
    looked: InspectionVerdict,
  ): InspectionVerdict {
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
      pointer: this.#forModel(pointer, scope),
      words: this.#forModel(words, scope),
    }));
    return blockedByViolations(violations, findings);
  }

  #forModel(text: string, scope: RedactionScope | undefined): string {
    return reveal(String(this.redactForRecord(text, scope && { scope })));
  }
}

/** What a server says of its tools, its prompts and itself is read by every model that may use them. */
function speaksOfTools(pointer: Pointer): "definition" | "text" {
  return pointer.begins("result", "tools") || pointer.begins("result", "instructions")
    ? "definition"
    : "text";
}

export interface ArgumentsToInspect {
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly inputSchema?: unknown;
  readonly settings: ScanSettings;
  /** Whose tokens stand for what is redacted. Default: of no tenant, now. */
  readonly scope?: RedactionScope;
  /** Tokens that stand for something here. All others are then escaped, whatever the settings say. */
  readonly tokens?: ReadonlySet<string>;
}
