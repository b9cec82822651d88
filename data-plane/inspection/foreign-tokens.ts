import type { Span } from "./confirmers.ts";
import { type ScanCopy, scanCopy } from "./scan-copy.ts";

/** What a token begins with, and what one ends with that stands for a mail address: each with what it becomes. */
const marks = /\[\[mcpgw:|@redacted\.[i\u0130]nval[i\u0130]d/gi;
const escapedMark = "[[not-mcpgw:";
const escapedAddress = "@not-redacted.invalid";

/**
 * The text without what looks like one of our redaction tokens, also through invisible characters and look-alike letters: who
 * wrote it did not have it of us, or has it of another text. Done twice it is done once. `copy`: none where nothing can hide.
 */
export function withoutForeignTokens(text: string, copy: ScanCopy | undefined): string {
  const escaped = escapedIn(text);
  if (!copy || !mayHold(text, copy)) return escaped;
  const whole = scanCopy(escaped);
  const revealed = whole === escaped ? escaped : escapedIn(whole);
  return revealed === whole ? escaped : revealed;
}

function escapedIn(text: string): string {
  if (!text.includes("[[") && !text.includes("@")) return text;
  return text.replaceAll(marks, (mark) => (mark.startsWith("[") ? escapedMark : escapedAddress));
}

/** Whether there is a mark in the copy, which alone may be there, or in the text, too. */
function mayHold(text: string, copy: ScanCopy): boolean {
  const isMarked = (part: string) => escapedIn(part) !== part;
  if (copy.places.length === 0) return false;
  if (!copy.isSeldom) return isMarked(copy.text);
  return copy.places.some(({ start, end }: Span) => isMarked(scanCopy(text.slice(start, end))));
}
