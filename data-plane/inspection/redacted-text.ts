import { withoutOverlaps } from "./hits-in-order.ts";
import { quotesForTokens } from "./json-numbers.ts";
import { isToken, redactionToken, shapedToken, unitsPerToken } from "./redaction-token.ts";
import type { ScanBudget } from "./scan-budget.ts";
import type { TakenValues } from "./taken-values.ts";
import type { Hit } from "./text-detectors.ts";

interface Redacting {
  readonly redactionKey: Buffer;
  readonly budget: ScanBudget;
  /** Is told what is taken out, where that could be put back. */
  readonly taken?: TakenValues | undefined;
}

/** The text with tokens in the place of what was found. */
export function redactedText(
  text: string,
  hits: readonly Hit[],
  { redactionKey, budget, taken }: Redacting,
): string {
  let redacted = "";
  let from = 0;
  const doomed = withoutOverlaps(hits);
  const quotes = quotesForTokens(text, doomed);
  for (const [index, { start, end, type, normalised, decoded }] of doomed.entries()) {
    budget.spendWindow(unitsPerToken);
    const found = text.slice(start, end);
    const isWhole = start === 0 && end === text.length;
    const shaped = isWhole ? shapedToken(redactionKey, type, found) : undefined;
    redacted += text.slice(from, start);
    const quote = quotes[index] ?? "";
    const token = shaped ?? redactionToken(redactionKey, type, normalised ?? found);
    redacted += shaped ?? quote + token + quote;
    // What was encoded there would mean something else in another place.
    if (decoded === undefined && isToken(token)) taken?.add({ token, type, value: found });
    from = end;
  }
  return redacted + text.slice(from);
}
