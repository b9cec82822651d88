import { type Carry, withText } from "./carry.ts";
import { findEncodedRuns } from "./encoded-runs.ts";
import type { FindingLog } from "./finding-log.ts";
import { findHidden, strip } from "./hidden-characters.ts";
import type { Prefilter, Prefiltered, Wanted } from "./prefilter.ts";
import type { PromptContext } from "./prompt-injection/prompt-injection.ts";
import { redactionToken, shapedToken } from "./redaction-token.ts";
import type { ScanBudget } from "./scan-budget.ts";
import { scanCopy } from "./scan-copy.ts";
import type { FoundSecret, SecretFinder } from "./secret-finder.ts";
import { findInText, type Hit, type TextSettings } from "./text-detectors.ts";
import { textTraits } from "./text-traits.ts";
import type { Pointer, TextVisitor } from "./value-walk.ts";

export interface TextInspectionOptions {
  readonly settings: TextSettings;
  readonly log: FindingLog;
  readonly finder: SecretFinder;
  readonly prefilter: Prefilter;
  readonly redactionKey: Buffer;
  readonly budget: ScanBudget;
  /**
   * Whether a value under a key such as "password" is taken for one. Not for arguments: a tool that asks
   * for a password is to get it.
   */
  readonly readsKeys: boolean;
  /** Whether the texts at this place are what tools say of themselves. */
  readonly contextAt?: (pointer: Pointer) => PromptContext;
  /** What was said before in the same call. */
  readonly carry?: Carry;
}

const maxDepth = 2;

/** Looks at each text of one value, and tells the log what it found. */
export class TextInspection implements TextVisitor {
  readonly #options: TextInspectionOptions;
  readonly #wanted: Wanted;

  constructor(options: TextInspectionOptions) {
    this.#options = options;
    const { secrets, promptInjection } = options.settings;
    this.#wanted = { secrets: secrets !== "off", prompts: promptInjection !== "off" };
  }

  text(text: string, pointer: Pointer, key: string | undefined): string {
    const read = this.#read(text);
    const bare = read.isPlain ? text : this.#withoutHidden(text, pointer);
    const { carry } = this.#options;
    let whole = bare;
    if (carry && isSpoken(pointer)) {
      whole = this.#withoutSplit(bare, pointer, carry);
      carry.tail = withText(carry, bare);
    }
    return this.#withoutFound(whole === text ? read : this.#read(whole), pointer, key);
  }

  key(key: string, pointer: Pointer): { readonly key: string; readonly mayShow: boolean } {
    const { log } = this.#options;
    const before = log.findings.length;
    const changed = this.text(key, pointer, undefined);
    const mayShow = log.findings.length === before && !log.isFull;
    return { key: changed, mayShow };
  }

  #withoutHidden(text: string, pointer: Pointer): string {
    const { settings, budget, log } = this.#options;
    const { hiddenCharacters: action } = settings;
    if (action === "off") return text;
    const spans = findHidden(text, budget);
    if (spans.length === 0) return text;
    const kinds = [...new Set(spans.map(({ kind }) => kind))];
    const removed = kinds.filter(
      (kind) => log.report(`hidden.${kind}`, `${pointer}`, action) === "redact",
    );
    const doomed = spans.filter(({ kind }) => removed.includes(kind));
    return doomed.length > 0 ? strip(text, doomed) : text;
  }

  /** What began in the messages before: the rest of it, here, is taken out. */
  #withoutSplit(text: string, pointer: Pointer, { tail }: Carry): string {
    if (tail === "") return text;
    const place = { key: undefined, context: "text" as const, depth: maxDepth };
    const known = new Set(this.#find(this.#read(scanCopy(tail)), place).map(({ rule }) => rule));
    for (const between of ["", " "]) {
      const border = tail.length + between.length;
      const split = this.#find(this.#read(tail + between + text), place).filter(
        ({ rule, start, end }) => start < tail.length && end > border && !known.has(rule),
      );
      if (split.length === 0) continue;
      const doomed = split.filter(
        ({ rule, action }) => this.#options.log.report(rule, `${pointer}`, action) === "redact",
      );
      const [first] = doomed;
      if (!first) return text;
      const end = Math.max(...doomed.map((hit) => hit.end)) - border;
      return this.#redacted(text, [{ ...withoutValue(first), start: 0, end }]);
    }
    return text;
  }

  #withoutFound(read: ReadText, pointer: Pointer, key: string | undefined): string {
    const seen = this.#look(read, pointer, key);
    const { text } = read;
    if (seen.hits.length === 0) return text;
    const taken = new Map<string, boolean>();
    for (const { rule, action } of seen.hits) {
      if (taken.has(rule)) continue;
      taken.set(rule, this.#options.log.report(rule, `${pointer}`, action) === "redact");
    }
    const doomed = seen.hits.filter(({ rule }) => taken.get(rule));
    return doomed.length > 0 ? this.#redacted(seen.text, doomed) : text;
  }

  /** What invisible characters or look-alikes hide is found in the copy without them, which then is the text to redact. */
  #look(read: ReadText, pointer: Pointer, key: string | undefined): Seen {
    const { text } = read;
    const context = this.#options.contextAt?.(pointer) ?? "text";
    const plain = { text, hits: this.#find(read, { key, context, depth: 0 }) };
    if (read.isPlain) return plain;
    const copy = scanCopy(text);
    if (copy === text) return plain;
    const revealed = { text: copy, hits: this.#find(this.#read(copy), { key, context, depth: 0 }) };
    return revealed.hits.length > plain.hits.length ? revealed : plain;
  }

  #find({ text, secrets, promptStarts, traits }: ReadText, place: Place): readonly Hit[] {
    const { settings, budget } = this.#options;
    const { secrets: action } = settings;
    const hits: Hit[] = [];
    if (action !== "off") {
      for (const { start, end, rule } of this.#secretsOf(text, place.key, secrets)) {
        hits.push({ start, end, rule: `secrets.${rule.type}`, type: rule.type, action });
      }
    }
    const { context } = place;
    hits.push(...findInText({ text, settings, budget, context, promptStarts, traits }));
    if (place.depth < maxDepth) hits.push(...this.#findEncoded(text, place, hits));
    return hits;
  }

  /** The one pass over all of the text: most texts need no other. */
  #read(text: string): ReadText {
    const { prefilter, budget } = this.#options;
    const found = prefilter.run(text, this.#wanted, budget);
    return { ...found, text, isPlain: (found.traits & textTraits.unusual) === 0 };
  }

  /** The whole run is what is found: nobody can take out a part of it. */
  #findEncoded(text: string, place: Place, known: readonly Hit[]): readonly Hit[] {
    return findEncodedRuns(text, this.#options.budget).flatMap(({ start, end, decoded }) => {
      if (known.some((hit) => hit.start <= start && hit.end >= end)) return [];
      const inner = this.#find(this.#read(scanCopy(decoded)), {
        ...place,
        key: undefined,
        depth: place.depth + 1,
      });
      return inner.map(({ rule, type, action }) => ({ start, end, rule, type, action }));
    });
  }

  /** A value can be a secret because of its key alone, so the two are read as one assignment. */
  #secretsOf(
    text: string,
    key: string | undefined,
    found: readonly FoundSecret[],
  ): readonly FoundSecret[] {
    const { finder, budget, readsKeys } = this.#options;
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

  #redacted(text: string, hits: readonly Hit[]): string {
    const { redactionKey, budget } = this.#options;
    let redacted = "";
    let from = 0;
    for (const { start, end, type, normalised } of withoutOverlaps(hits)) {
      budget.spendWindow();
      const found = text.slice(start, end);
      const isWhole = start === 0 && end === text.length;
      const shaped = isWhole ? shapedToken(redactionKey, type, found) : undefined;
      redacted += text.slice(from, start);
      redacted += shaped ?? redactionToken(redactionKey, type, normalised ?? found);
      from = end;
    }
    return redacted + text.slice(from);
  }
}

/** Log messages and progress come piece by piece; a result comes whole. */
function isSpoken(pointer: Pointer): boolean {
  return pointer.begins("params", "data") || pointer.begins("params", "message");
}

/** A text after its one pass. */
interface ReadText extends Prefiltered {
  readonly text: string;
  /** Plain ASCII, where nothing can hide. */
  readonly isPlain: boolean;
}

interface Seen {
  readonly text: string;
  readonly hits: readonly Hit[];
}

interface Place {
  readonly key: string | undefined;
  readonly context: PromptContext;
  /** How often the text was decoded. */
  readonly depth: number;
}

/** In order; what overlaps is taken out as one. */
function withoutOverlaps(hits: readonly Hit[]): readonly Hit[] {
  const kept: Hit[] = [];
  for (const hit of hits.toSorted((one, other) => one.start - other.start || other.end - one.end)) {
    const last = kept.at(-1);
    if (!last || hit.start >= last.end) kept.push(hit);
    else if (hit.end > last.end) kept[kept.length - 1] = { ...withoutValue(last), end: hit.end };
  }
  return kept;
}

function withoutValue({ normalised: _, ...hit }: Hit): Hit {
  return hit;
}

const longestNamed = 512;
const namesSecret = /pass|pwd|secret|token|key|cred|auth/i;

function mayNameSecret(key: string, text: string): boolean {
  return (
    text.length >= 8 && text.length <= longestNamed && key.length <= 64 && namesSecret.test(key)
  );
}
