import type { Span } from "./confirmers.ts";
import type { DecodedText } from "./decoded-text.ts";
import { decodeEscaped } from "./escaped-text.ts";
import { FoundRuns } from "./found-runs.ts";
import { JoinedLetters } from "./joined-letters.ts";
import { RunReader } from "./run-reader.ts";
import type { ScanBudget } from "./scan-budget.ts";
import { addSpacedBytes } from "./spaced-bytes.ts";
import { addSpacedGroups } from "./spaced-groups.ts";
import { codesOf } from "./text-codes.ts";
import { addWrappedLines } from "./wrapped-lines.ts";

/** What a text holds in other letters. */
export interface Encoded {
  readonly decoded: DecodedText;
  /** What was not decoded, since packed in it is more than is read. */
  readonly unread: readonly Span[];
}

/** To look for what is encoded costs so much of what the one pass over all of a text does. */
const shareOfSearch = 0.5;

/**
 * Finds what is written in base64, base32, hexadecimal, percent, backslash or entity escapes, and holds text when it is decoded;
 * UTF-16, gzip and deflate within base64, too. All of it is read: what is decoded is no longer than the text, but for what is packed,
 * and for what can be read from several of its letters on, or in several ways.
 */
export function findEncodedRuns(text: string, budget: ScanBudget): Encoded {
  budget.spendCharacters(text.length, shareOfSearch);
  const codes = codesOf(text);
  const found = new FoundRuns();
  new RunReader({ text, codes, length: text.length }, found, budget).readAll();
  const joined = new JoinedLetters();
  addWrappedLines({ text, codes }, joined);
  addSpacedBytes(codes, text.length, joined);
  addSpacedGroups({ text, codes }, joined);
  if (joined.length > 0) new RunReader(joined, found, budget).readAll();
  decodeEscaped({ text, codes }, found.decoded, budget);
  return found;
}
