import { type Carry, carryOn, spokenPlaceOf, tailsBefore } from "./carry.ts";
import type { CleanTexts, Judging } from "./clean-texts.ts";
import type { FindingLog } from "./finding-log.ts";
import { findHidden, strip } from "./hidden-characters.ts";
import { withoutValue } from "./hits-in-order.ts";
import { maskedNumber, NumberInspection } from "./number-inspection.ts";
import type { PromptContext } from "./prompt-injection/prompt-injection.ts";
import type { QuietKeys } from "./quiet-keys.ts";
import { redactedText } from "./redacted-text.ts";
import { redactionToken } from "./redaction-token.ts";
import { ScanStopped, WorkUsedUp } from "./scan-budget.ts";
import { ScanCopy } from "./scan-copy.ts";
import { splitHits } from "./split-hits.ts";
import type { TakenValues } from "./taken-values.ts";
import { type Hit, strictestAction } from "./text-detectors.ts";
import { type Place, type ReadText, TextSearch, type TextSearchOptions } from "./text-search.ts";
import { textTraits } from "./text-traits.ts";
import { TokenEscape, type TokenEscapeOptions } from "./token-escape.ts";
import type { Pointer, TextVisitor } from "./value-walk.ts";

export interface TextInspectionOptions extends TextSearchOptions, TokenEscapeOptions {
  readonly log: FindingLog;
  readonly redactionKey: Buffer;
  /** In which texts there was nothing to find. */
  readonly cleanTexts: CleanTexts;
  /** Whether the texts at this place are what tools say of themselves. */
  readonly contextAt?: (pointer: Pointer) => PromptContext;
  /** What was said before in the same call. */
  readonly carry?: Carry | undefined;
  /** Is told what is taken out. */
  readonly taken?: TakenValues | undefined;
  /** Keys that there was nothing in, judged the same: to these what is seen of others is added. */
  readonly quietKeys?: QuietKeys;
  /** Is told the value of each secret that is found. For this process alone. */
  readonly onSecret?: (value: string) => void;
}

/** A text takes so many times longer to look through than to hash. */
const readTimesHashed = 16;

/** What is known of a text besides its words. */
interface Standing extends Omit<Place, "depth"> {
  /** There is nothing to find in it, whatever came before. */
  readonly isClean: boolean;
  /** Its traits, where a glance was enough. */
  readonly glanced: number | undefined;
}

/** Looks at each text of one value, and tells the log what it found. */
export class TextInspection implements TextVisitor {
  readonly #options: TextInspectionOptions;
  readonly #search: TextSearch;
  readonly #tokens: TokenEscape;
  readonly #numbers: NumberInspection;
  readonly #judging: Omit<Judging, "context" | "key">;
  /** The budget is spent: nothing else is looked at. */
  #isStopped = false;

  constructor(options: TextInspectionOptions) {
    this.#options = options;
    this.#search = new TextSearch(options);
    this.#tokens = new TokenEscape(options);
    const { settings, escapesTokens = false, redactionKey } = options;
    this.#judging = { settings, escapesTokens, redactionKey };
    this.#numbers = new NumberInspection(options.settings, options.budget);
  }

  text(text: string, pointer: Pointer, key: string | undefined): string {
    if (this.#options.onExceed === undefined) return this.#bounded(text, pointer, key);
    return this.#within(text, pointer, () => this.#bounded(text, pointer, key));
  }

  /** What would be taken out of a text is masked in a number: a schema may want one. */
  number(value: number, pointer: Pointer, key: string | undefined): number {
    if (!this.#numbers.mayHold(value)) return value;
    return this.#within(value, pointer, () => {
      this.#options.budget.beginShort();
      const hits = this.#numbers.find(value, key);
      const doomed = hits.length > 0 && this.#doomed(hits, pointer).length > 0;
      return doomed ? maskedNumber(value) : value;
    });
  }

  /** The same value where the budget is spent, and the policy says that this is no reason to stop. */
  #within<Value>(value: Value, pointer: Pointer, inspect: () => Value): Value {
    const { onExceed, log } = this.#options;
    if (onExceed === undefined) return inspect();
    if (this.#isStopped) return value;
    try {
      return inspect();
    } catch (error) {
      if (!(error instanceof ScanStopped)) throw error;
      this.#isStopped = true;
      log.report(error.rule, `${pointer}`, onExceed);
      return value;
    }
  }

  /** Where no work is left for a long text, all of it counts as found. */
  #bounded(text: string, pointer: Pointer, key: string | undefined): string {
    try {
      return this.#inspected(text, pointer, key);
    } catch (error) {
      if (!(error instanceof WorkUsedUp)) throw error;
      const { settings, log, redactionKey, onExceed } = this.#options;
      const action = onExceed ?? strictestAction(settings, settings.hiddenCharacters);
      const taken = log.report("scan.truncated", `${pointer}`, action);
      return taken === "redact" ? redactionToken(redactionKey, "unread", text) : text;
    }
  }

  #inspected(text: string, pointer: Pointer, key: string | undefined): string {
    const { budget, log, carry } = this.#options;
    const context = this.#options.contextAt?.(pointer) ?? "text";
    budget.spendText(text, context === "definition");
    const isAlone = !carry || spokenPlaceOf(pointer) === undefined;
    const quiet = key === undefined && isAlone ? this.#quietKeys(context) : undefined;
    if (quiet?.has(text)) {
      budget.spendCharacters(text.length / readTimesHashed);
      return text;
    }
    const reportedBefore = log.reported;
    const glanced = this.#search.glance(text);
    const isQuiet =
      glanced !== undefined && isAlone && this.#search.isQuiet(text, glanced, { key, context });
    const changed = isQuiet ? text : this.#lookedOnce(text, pointer, { key, context, glanced });
    if (log.reported === reportedBefore) quiet?.add(text);
    return changed;
  }

  /** Keys are the same in one row after the other. What is quiet with tokens that stand for something need not be without. */
  #quietKeys(context: PromptContext): QuietKeys | undefined {
    const { quietKeys, ownTokens, hasOnlyOurs } = this.#options;
    return context === "text" && !ownTokens && !hasOnlyOurs ? quietKeys : undefined;
  }

  /** Of a long text that nothing was found in it is remembered. */
  #lookedOnce(text: string, pointer: Pointer, standing: Omit<Standing, "isClean">): string {
    const { budget, log, cleanTexts, readsKeys, ownTokens } = this.#options;
    const { key, context } = standing;
    // What is clean with these tokens need not be where nobody was shown them.
    const name = ownTokens
      ? undefined
      : cleanTexts.nameOf(text, { ...this.#judging, context, key: readsKeys ? key : undefined });
    if (name === undefined) return this.#looked(text, pointer, { ...standing, isClean: false });
    budget.spendCharacters(text.length / readTimesHashed);
    const isClean = cleanTexts.has(name);
    const reportedBefore = log.reported;
    const changed = this.#looked(text, pointer, { ...standing, isClean });
    if (log.reported === reportedBefore) cleanTexts.add(name);
    return changed;
  }

  #looked(text: string, pointer: Pointer, standing: Standing): string {
    const { key, context, isClean, glanced } = standing;
    const read = isClean ? undefined : this.#read(text, glanced);
    const bare = read?.copy ? this.#withoutHidden(read, pointer) : text;
    const { carry } = this.#options;
    const place = carry && spokenPlaceOf(pointer);
    let whole = read ? this.#withoutTokens(bare, read, pointer) : text;
    if (carry && place) {
      for (const tail of tailsBefore(carry, place))
        whole = this.#withoutSplit(whole, pointer, tail);
      carryOn(carry, place, bare);
    }
    if (whole !== text) {
      return this.#withoutFound(this.#search.read(whole), pointer, { key, context });
    }
    return read ? this.#withoutFound(read, pointer, { key, context }) : text;
  }

  #read(text: string, glanced: number | undefined): ReadText {
    return glanced === undefined ? this.#search.read(text) : this.#search.glanced(text, glanced);
  }

  key(key: string, pointer: Pointer): { readonly key: string; readonly mayShow: boolean } {
    const { log } = this.#options;
    const before = log.findings.length;
    const changed = this.text(this.#tokens.inKey(key, pointer), pointer, undefined);
    const mayShow = log.findings.length === before && !log.isFull && !this.#isStopped;
    return { key: changed, mayShow };
  }

  /** Before ours are put in. */
  #withoutTokens(text: string, read: ReadText, pointer: Pointer): string {
    const copy = text === read.text ? read.copy : new ScanCopy(text);
    return this.#tokens.inText(text, copy, pointer);
  }

  #withoutHidden({ text, traits }: ReadText, pointer: Pointer): string {
    const { settings, budget, log } = this.#options;
    const { hiddenCharacters: action } = settings;
    if (action === "off" || (traits.all & textTraits.hidden) === 0) return text;
    const spans = findHidden(text, budget, traits.blocks);
    if (spans.length === 0) return text;
    const kinds = [...new Set(spans.map(({ kind }) => kind))];
    const removed = kinds.filter(
      (kind) => log.report(`hidden.${kind}`, `${pointer}`, action) === "redact",
    );
    const doomed = spans.filter(({ kind }) => removed.includes(kind));
    return doomed.length > 0 ? strip(text, doomed) : text;
  }

  /** What began in the messages before: the rest of it, here, is taken out. */
  #withoutSplit(text: string, pointer: Pointer, tail: string): string {
    for (const between of ["", " "]) {
      const split = splitHits(this.#search, tail + between, text);
      if (split.length === 0) continue;
      const doomed = split.filter(
        ({ rule, action }) => this.#options.log.report(rule, `${pointer}`, action) === "redact",
      );
      const [first] = doomed;
      if (!first) return text;
      const end = Math.max(...doomed.map((hit) => hit.end)) - tail.length - between.length;
      const { redactionKey, budget } = this.#options;
      // A half stands for nothing.
      const half = { ...withoutValue(first), start: 0, end };
      return redactedText(text, [half], { redactionKey, budget });
    }
    return text;
  }

  #withoutFound(read: ReadText, pointer: Pointer, place: Omit<Place, "depth">): string {
    const seen = this.#search.look(read, { ...place, depth: 0 });
    const { text } = read;
    const hits = this.#tokens.outsideOfOwn(seen.text, seen.hits);
    if (hits.length === 0) return text;
    this.#tell(seen.text, hits);
    const doomed = this.#doomed(hits, pointer);
    return doomed.length > 0 ? redactedText(seen.text, doomed, this.#options) : text;
  }

  /** Notes each rule once, and returns what is to be taken out. */
  #doomed(hits: readonly Hit[], pointer: Pointer): readonly Hit[] {
    const taken = new Map<string, boolean>();
    for (const { rule, action } of hits) {
      if (taken.has(rule)) continue;
      taken.set(rule, this.#options.log.report(rule, `${pointer}`, action) === "redact");
    }
    return hits.filter(({ rule }) => taken.get(rule));
  }

  #tell(text: string, hits: readonly Hit[]): void {
    const { onSecret } = this.#options;
    if (!onSecret) return;
    for (const { rule, start, end, decoded } of hits) {
      if (rule.startsWith("secrets.")) onSecret(decoded ?? text.slice(start, end));
    }
  }
}
