import type { Span } from "./confirmers.ts";

const onlyDigits = /^\d+$/;
/** The quote that ends a key, with the backslashes of a JSON text that stands in another one. */
const keyBefore = /(\\{0,7}["'])\s{0,16}:\s{0,16}$/;
const valueEnds = /^\s{0,64}(?:[,}\]]|$)/;
const longestLead = 48;

/**
 * The quotes that a token needs in place of numbers of a JSON text, in the order of the spans: without them the text could no longer
 * be read. Empty where the span is no number, or stands in a string. A key before it says which quotes; what has none, such
 * as an item of a list, needs a text that is JSON as a whole or line by line.
 */
export function quotesForTokens(text: string, spans: readonly Span[]): readonly string[] {
  let outside: ((index: number) => boolean) | undefined;
  return spans.map(({ start, end }) => {
    if (!onlyDigits.test(text.slice(start, end))) return "";
    if (!valueEnds.test(text.slice(end, end + longestLead * 2))) return "";
    const [, quote] = keyBefore.exec(text.slice(Math.max(0, start - longestLead), start)) ?? [];
    if (quote !== undefined) return quote;
    outside ??= isJson(text) ? outsideOfStrings(text) : () => false;
    return outside(start) ? '"' : "";
  });
}

function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  return parses(text) || text.split("\n").every((line) => line.trim() === "" || parses(line));
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Whether a place stands in no string. Is asked from the beginning to the end. */
function outsideOfStrings(text: string): (index: number) => boolean {
  let at = 0;
  let isInside = false;
  return (index) => {
    for (; at < index; at += 1) {
      if (text[at] === '"') isInside = !isInside;
      else if (text[at] === "\\") at += 1;
    }
    return !isInside;
  };
}
