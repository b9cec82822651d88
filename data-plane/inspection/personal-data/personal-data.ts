import type { PersonalDataName } from "../../../core/policy/compiled-scanning.ts";
import type { ScanBudget } from "../scan-budget.ts";
import { eachDigitRun } from "./digit-runs.ts";
import type { FoundNumber } from "./found-number.ts";
import { findMailAddresses } from "./mail-addresses.ts";
import { NumberSearch, phonesIn } from "./number-search.ts";

export interface FoundPersonalData extends FoundNumber {
  readonly type: PersonalDataName;
}

/** To look for one type where there is none costs so much of what the one pass over all of a text does. */
const shareOfType = 0.05;

/**
 * Finds personal data of these types. What it finds does not overlap and stands in order.
 */
export function findPersonalData(
  text: string,
  types: readonly PersonalDataName[],
  budget: ScanBudget,
): readonly FoundPersonalData[] {
  budget.spendCharacters(text.length, shareOfType * types.length);
  const numbers = new NumberSearch(text, types, budget);
  eachDigitRun(text, numbers);
  let found = ofType("email", types.includes("email") ? findMailAddresses(text, budget) : [], []);
  found = ofType("iban", numbers.accounts, found);
  found = ofType("card", numbers.cards, found);
  found = ofType("ssn", numbers.ssns, found);
  return ofType("phone", types.includes("phone") ? phonesIn(text, budget) : [], found);
}

/** With those of one more type, but for what others found before: that stays theirs. Both stand in order, so that they are passed through once. */
function ofType(
  type: PersonalDataName,
  numbers: readonly FoundNumber[],
  before: readonly FoundPersonalData[],
): readonly FoundPersonalData[] {
  if (numbers.length === 0) return before;
  const added: FoundPersonalData[] = [];
  let next = 0;
  for (const { start, end, normalised } of numbers) {
    while (next < before.length && (before[next]?.end ?? 0) <= start) next += 1;
    const isTaken = (before[next]?.start ?? Number.POSITIVE_INFINITY) < end;
    if (!isTaken) added.push({ type, start, end, normalised });
  }
  return [...before, ...added].sort((one, other) => one.start - other.start);
}
