import { withoutOverlaps } from "./hits-in-order.ts";
import { quotesForTokens } from "./json-numbers.ts";
import { redactionToken, shapedToken, unitsPerToken } from "./redaction-token.ts";
import type { ScanBudget } from "./scan-budget.ts";
import type { Hit } from "./text-detectors.ts";

interface Redacting {
  readonly redactionKey: Buffer;
  readonly budget: ScanBudget;
}

/** The text with tokens in the place of what was found. */
export function redactedText(
  text: string,
  hits: readonly Hit[],
  { redactionKey, budget }: Redacting,
): string {
  let redacted = "";
  let from = 0;
  const doomed = withoutOverlaps(hits);
  const quotes = quotesForTokens(text, doomed);
  for (const [index, { start, end, type, normalised }] of doomed.entries()) {
    budget.spendWindow(unitsPerToken);
    const found = text.slice(start, end);
    const isWhole = start === 0 && end === text.length;
    const shaped = isWhole ? shapedToken(redactionKey, type, found) : undefined;
    redacted += text.slice(from, start);
    const quote = quotes[index] ?? "";
    redacted += shaped ?? quote + redactionToken(redactionKey, type, normalised ?? found) + quote;
    from = end;
  }
  return redacted + text.slice(from);
}
