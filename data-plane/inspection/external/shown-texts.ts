import type { Finding } from "../../call/finding.ts";
import { holdsBlob, holdsProtocolField } from "../opaque-fields.ts";
import { ScanStopped } from "../scan-budget.ts";
import { type TextVisitor, ValueWalk } from "../value-walk.ts";

const bounds = { maxDepth: 100, maxNodes: 100_000 };
/** Redaction for the record cuts what is longer: a scanner would not see the rest. */
const longestText = 1_048_576;

interface Entry {
  readonly pointer: string;
  readonly text: string;
  readonly isShown: boolean;
}

/**
 * The texts of a value as a scanner outside may see them: without secrets, without images and sounds, and without what
 * only the protocol reads. Keys are among them where they are more than a name.
 */
export class ShownTexts {
  readonly #direction: Finding["direction"];
  readonly #entries: readonly Entry[];

  private constructor(direction: Finding["direction"], entries: readonly Entry[]) {
    this.#direction = direction;
    this.#entries = entries;
  }

  /** `redact` takes out the secrets. Undefined: the value is too large to be shown whole. */
  static of(
    value: unknown,
    direction: Finding["direction"],
    redact: (value: unknown) => unknown,
  ): ShownTexts | undefined {
    try {
      const real = entriesOf(value, direction);
      if (real.some(({ text }) => text.length > longestText)) return undefined;
      const shown = entriesOf(redact(withoutBlobs(value)), direction);
      // What could not be redacted is named in place of the value.
      if (shown.length !== real.length) return undefined;
      return new ShownTexts(direction, shown);
    } catch (error) {
      if (error instanceof ScanStopped) return undefined;
      throw error;
    }
  }

  get texts(): readonly { readonly pointer: string; readonly text: string }[] {
    return this.#entries.flatMap(({ pointer, text, isShown }) =>
      isShown ? [{ pointer, text }] : [],
    );
  }

  /** The place, where something that was shown stands there or below. Else the whole. */
  placeOf(pointer: string | undefined): string {
    if (pointer === undefined) return "";
    const isKnown = this.#entries.some((entry) => entry.isShown && isAt(pointer, entry));
    return isKnown ? pointer : "";
  }

  /** The value that the texts are of, with those at these places and below replaced. */
  without(
    value: unknown,
    places: ReadonlySet<string>,
    replacementOf: (text: string) => string,
    /** What becomes of the others. */
    restOf: (text: string) => string = (text) => text,
  ): unknown {
    let index = -1;
    const replaced = (text: string): string => {
      index += 1;
      const entry = this.#entries[index];
      const isDoomed = entry?.isShown && [...places].some((place) => isAt(place, entry));
      return isDoomed ? replacementOf(text) : restOf(text);
    };
    const visitor: TextVisitor = {
      text: replaced,
      key: (key) => ({ key: replaced(key), mayShow: true }),
      skips: skipsOf(this.#direction),
    };
    return new ValueWalk(visitor, bounds).walk(value);
  }
}

function entriesOf(value: unknown, direction: Finding["direction"]): readonly Entry[] {
  const entries: Entry[] = [];
  const visitor: TextVisitor = {
    text: (text, pointer, key) => {
      const isShown = text.trim() !== "" && !(direction === "result" && isProtocolWord(key, text));
      entries.push({ pointer: `${pointer}`, text, isShown });
      return text;
    },
    key: (key, pointer) => {
      entries.push({ pointer: `${pointer}`, text: key, isShown: !plainKey.test(key) });
      return { key, mayShow: true };
    },
    skips: skipsOf(direction),
  };
  new ValueWalk(visitor, bounds).walk(value);
  return entries;
}

/** Redaction says something in place of a blob, which is no text of the value. */
function withoutBlobs(value: unknown): unknown {
  const visitor: TextVisitor = {
    text: (text) => text,
    key: (key) => ({ key, mayShow: true }),
    special: (key, holder) => (holdsBlob(key, holder) ? "" : undefined),
  };
  return new ValueWalk(visitor, bounds).walk(value);
}

const plainKey = /^[\w.$/@:-]{0,64}$/;
const plainWord = /^[\w./+-]{1,64}$/;
const protocolKeys = new Set([
  "type",
  "role",
  "method",
  "mimeType",
  "resultType",
  "level",
  "protocolVersion",
]);

/** Replaced, it would break the message. */
function isProtocolWord(key: string | undefined, text: string): boolean {
  return key !== undefined && protocolKeys.has(key) && plainWord.test(text);
}

function skipsOf(direction: Finding["direction"]): NonNullable<TextVisitor["skips"]> {
  return (key, holder, depth) =>
    holdsBlob(key, holder) || (direction === "result" && holdsProtocolField(key, depth));
}

function isAt(place: string, { pointer }: Entry): boolean {
  return place === "" || pointer === place || pointer.startsWith(`${place}/`);
}
