import type { ScanActionName } from "../../core/policy/compiled-scanning.ts";
import type { Span } from "./confirmers.ts";
import type { DecodedText } from "./decoded-text.ts";
import { findEncodedRuns } from "./encoded-runs.ts";
import { hitsBeyond, inOriginal } from "./hits-in-order.ts";
import { mayBeEncoded } from "./may-be-encoded.ts";
import { findPersonalData } from "./personal-data/personal-data.ts";
import type { Prefilter, Prefiltered, Wanted } from "./prefilter.ts";
import type { PromptContext } from "./prompt-injection/prompt-injection.ts";
import { type ScanBudget, WorkUsedUp } from "./scan-budget.ts";
import { ScanCopy, scanCopy } from "./scan-copy.ts";
import type { FoundSecret, SecretFinder } from "./secret-finder.ts";
import {
  findInText,
  findPrompts,
  type Hit,
  strictestAction,
  type TextSettings,
} from "./text-detectors.ts";
import { blockLength, type TextTraits, textTraits } from "./text-traits.ts";

export interface TextSearchOptions {
  readonly settings: TextSettings;
  readonly finder: SecretFinder;
  readonly prefilter: Prefilter;
  readonly budget: ScanBudget;
  /** What is done about what the budget leaves no room for. Default: where work is used up it counts as found; where time or bytes are, the scan stops and throws. */
  readonly onExceed?: Exclude<ScanActionName, "off"> | undefined;
  /**
   * Whether a value under a key such as "password" is taken for one. Not for arguments: a tool that asks
   * for a password is to get it.
   */
  readonly readsKeys: boolean;
}

/** A text after its one pass. */
export interface ReadText extends Prefiltered {
  readonly text: string;
  /** None of plain ASCII, where nothing can hide. */
  readonly copy: ScanCopy | undefined;
}

/** The text that hits are to be taken out of: the one that was asked about, or its copy without what hides in it. */
export interface Seen {
  readonly text: string;
  readonly hits: readonly Hit[];
}

export interface Place {
  readonly key: string | undefined;
  readonly context: PromptContext;
  /** How often the text was decoded. */
  readonly depth: number;
}

/** To look for them costs so much of what the one pass over all of a text does, and so much to put together what was decoded. */
const shareOfPlaces = 0.25;
const shareOfDecoded = 1.5;
/** And to write a text without what hides in it. */
const shareOfCopy = 1.5;

/** Of texts that are no longer than one block. */
const traitsOfOneBlock: readonly TextTraits[] = Array.from({ length: 256 }, (_, all) => ({
  all,
  blocks: [all],
}));

/** How often a text is decoded. */
export const maxDepth = 3;

/** What there is in a text. It remembers nothing: the same text and place have the same hits. */
export class TextSearch {
  readonly #options: TextSearchOptions;
  readonly #wanted: Wanted;

  constructor(options: TextSearchOptions) {
    this.#options = options;
    const { secrets, promptInjection } = options.settings;
    this.#wanted = { secrets: secrets !== "off", prompts: promptInjection !== "off" };
  }

  /** All that is not looked at counts as found. */
  get #truncated(): Pick<Hit, "rule" | "type" | "action"> {
    const { settings, onExceed } = this.#options;
    const action = onExceed ?? strictestAction(settings);
    return { rule: "scan.truncated", type: "unread", action };
  }

  /** The traits of a short text in plain ASCII without the literals of any detector, as most are. Undefined: it is another one. */
  glance(text: string): number | undefined {
    if (text.length > blockLength) return undefined;
    const { prefilter, budget } = this.#options;
    const all = prefilter.glance(text, this.#wanted);
    if (all === undefined || (all & textTraits.unusual) !== 0) return undefined;
    budget.spendCharacters(text.length);
    return all;
  }

  /** What {@link read} tells of a text with these traits that a glance was enough for. */
  glanced(text: string, all: number): ReadText {
    const traits = traitsOfOneBlock[all] as TextTraits;
    return { text, secrets: [], promptStarts: [], traits, copy: undefined };
  }

  /** Whether there is nothing in a text with these traits, of those that a glance was enough for, that any detector looks for: it needs no closer look. */
  isQuiet(text: string, traits: number, { key, context }: Omit<Place, "depth">): boolean {
    const { settings, budget } = this.#options;
    const { personalData, personalDataTypes, promptInjection, custom } = settings;
    if (custom.length > 0 || (context === "definition" && promptInjection !== "off")) return false;
    if ((traits & textTraits.at) !== 0 || this.#hasSigns(text)) return false;
    if (this.#isNamedSecret(text, key)) return false;
    const isNumbered = personalData !== "off" && (traits & textTraits.digit) !== 0;
    return !isNumbered || findPersonalData(text, personalDataTypes, budget).length === 0;
  }

  /** Of tokens, links, or what is encoded. */
  #hasSigns(text: string): boolean {
    const { links } = this.#options.settings;
    return text.includes("[[") || (links !== "off" && text.includes("//")) || mayBeEncoded(text);
  }

  /**
   * What invisible characters or look-alikes hide is found in the copy without them, which then is the text to redact. Where there is
   * more to look at than may be, all of the text counts as found.
   */
  look(read: ReadText, place: Place): Seen {
    const { text } = read;
    const plain = { text, hits: [] as Hit[] };
    try {
      this.find(read, place, plain.hits);
      return read.copy ? this.#revealed(plain, read.copy, place) : plain;
    } catch (error) {
      if (!(error instanceof WorkUsedUp)) throw error;
      return { text, hits: [...plain.hits, { start: 0, end: text.length, ...this.#truncated }] };
    }
  }

  #revealed(plain: Seen, copy: ScanCopy, place: Place): Seen {
    const { budget } = this.#options;
    const { text } = plain;
    budget.spendCharacters(copy.lookedAt, shareOfPlaces);
    const { places, isSeldom } = copy;
    if (places.length === 0) return plain;
    if (isSeldom && !places.some((span) => this.#hidesAt(text, span, place))) return plain;
    budget.spendCharacters(Math.max(text.length, copy.text.length), shareOfCopy);
    if (copy.text === text) return plain;
    const revealed = { text: copy.text, hits: this.find(this.read(copy.text), place) };
    return revealed.hits.length > plain.hits.length ? revealed : plain;
  }

  /** Whether there is more in the copy of a part of the text than in the part. */
  #hidesAt(text: string, { start, end }: Span, place: Place): boolean {
    const part = text.slice(start, end);
    const copy = scanCopy(part);
    if (copy === part) return false;
    const inner = { ...place, key: undefined };
    const hits = this.find(this.read(copy), inner).length;
    return hits > 0 && hits > this.find(this.read(part), inner).length;
  }

  /** What all detectors but the one for hidden characters find in a text as it stands. Returns `hits` with it, as far as it came. */
  find(
    { text, secrets, promptStarts, traits }: ReadText,
    place: Place,
    hits: Hit[] = [],
  ): readonly Hit[] {
    const { settings, budget } = this.#options;
    const { secrets: action } = settings;
    if (action !== "off") {
      for (const { start, end, rule } of this.#secretsOf(text, place.key, secrets)) {
        hits.push({ start, end, rule: `secrets.${rule.type}`, type: rule.type, action });
      }
    }
    const { context } = place;
    const input = { text, settings, budget, context, promptStarts, traits };
    hits.push(...findInText(input));
    if (place.depth < maxDepth && mayBeEncoded(text)) {
      hits.push(...this.#findEncoded(text, place, hits));
    }
    hits.push(...findPrompts({ ...input, onExceed: this.#options.onExceed }));
    return hits;
  }

  /** The one pass over all of the text: most texts need no other. */
  read(text: string): ReadText {
    const { prefilter, budget } = this.#options;
    const found = prefilter.run(text, this.#wanted, budget);
    const { all, blocks } = found.traits;
    const copy = (all & textTraits.unusual) === 0 ? undefined : new ScanCopy(text, blocks);
    return { ...found, text, copy };
  }

  /** What is written in other letters. Of a whole run in base64 nobody can take out a part, of escapes one can. */
  #findEncoded(text: string, place: Place, known: readonly Hit[]): readonly Hit[] {
    const { decoded, unread } = findEncodedRuns(text, this.#options.budget);
    const hits: Hit[] = unread.map((span) => ({ ...span, ...this.#truncated }));
    const inner = { ...place, key: undefined, depth: place.depth + 1 };
    hits.push(...hitsBeyond(known, this.#findDecoded(decoded, inner)));
    return hits;
  }

  #findDecoded(decoded: DecodedText, place: Place): readonly Hit[] {
    if (decoded.length === 0) return [];
    const text = `${decoded}`;
    this.#options.budget.spendWork(text.length * shareOfDecoded);
    // What stands between parts must not make a copy necessary.
    const copy = decoded.isPlain ? text : scanCopy(text);
    const found = this.find(this.read(copy), place);
    if (copy === text) {
      return found.map((hit) => inOriginal(hit, { span: decoded.spanOf(hit), text }));
    }
    if (found.length === 0) return [];
    // The places of the copy are not those of the text, so whole parts are taken for the place.
    return decoded.parts.flatMap((part) => {
      const seen = this.read(scanCopy(text.slice(part.from, part.to)));
      const { start, end } = part;
      return this.find(seen, place).map((hit) =>
        inOriginal(hit, { span: { start, end }, text: seen.text }),
      );
    });
  }

  /** A value can be a secret because of its key alone, so the two are read as one assignment. */
  #secretsOf(
    text: string,
    key: string | undefined,
    found: readonly FoundSecret[],
  ): readonly FoundSecret[] {
    const { finder, budget } = this.#options;
    if (found.length > 0 || !this.#isNamedSecret(text, key)) return found;
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

  #isNamedSecret(text: string, key: string | undefined): key is string {
    const { readsKeys, settings } = this.#options;
    return readsKeys && settings.secrets !== "off" && key !== undefined && mayNameSecret(key, text);
  }
}

const longestNamed = 512;
const namesSecret = /pass|pwd|secret|token|key|cred|auth/i;

function mayNameSecret(key: string, text: string): boolean {
  return (
    text.length >= 8 && text.length <= longestNamed && key.length <= 64 && namesSecret.test(key)
  );
}
