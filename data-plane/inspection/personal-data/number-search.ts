import type { PersonalDataName } from "../../../core/policy/compiled-scanning.ts";
import type { Span } from "../confirmers.ts";
import type { ScanBudget } from "../scan-budget.ts";
import { accountAt } from "./account-numbers.ts";
import { isDigit } from "./digit-runs.ts";
import { cardIn, cardPattern, mayBeCard } from "./payment-cards.ts";
import { phoneOf, phonePattern } from "./phone-numbers.ts";
import { ssnIn, ssnPattern } from "./social-security-numbers.ts";

export interface FoundNumber extends Span {
  readonly normalised: string;
}

/** Looks at each run of digits of a text for the numbers of these types. */
export class NumberSearch {
  readonly accounts: FoundNumber[] = [];
  readonly cards: FoundNumber[] = [];
  readonly ssns: FoundNumber[] = [];
  readonly #text: string;
  readonly #budget: ScanBudget;
  readonly #wants: { readonly iban: boolean; readonly card: boolean; readonly ssn: boolean };
  /** Behind the account, and the match of cards, that were found last. */
  #account = 0;
  #card = 0;

  constructor(text: string, types: readonly PersonalDataName[], budget: ScanBudget) {
    this.#text = text;
    this.#budget = budget;
    this.#wants = {
      iban: types.includes("iban"),
      card: types.includes("card"),
      ssn: types.includes("ssn"),
    };
  }

  /** At digits that stand together. */
  look(start: number, end: number): void {
    const { iban, card, ssn } = this.#wants;
    if (iban && end - start >= 2) this.#lookForAccount(start - 2);
    if (card && start >= this.#card && mayBeCard(this.#text, start, end)) this.#lookForCard(start);
    if (ssn && mayBeSsn(this.#text, start, end)) this.#lookForSsn(start);
  }

  #lookForAccount(at: number): void {
    const account = at < this.#account ? undefined : accountAt(this.#text, at);
    if (!account) return;
    this.#account = account.end;
    this.accounts.push({ start: at, ...account });
  }

  #lookForCard(at: number): void {
    this.#budget.spendWindow();
    cardPattern.lastIndex = at;
    if (!cardPattern.test(this.#text)) return;
    this.#card = cardPattern.lastIndex;
    const card = cardIn(this.#text.slice(at, this.#card), this.#text, at);
    if (!card) return;
    const start = at + card.offset;
    this.cards.push({ start, end: start + card.length, normalised: card.normalised });
  }

  #lookForSsn(at: number): void {
    this.#budget.spendWindow();
    ssnPattern.lastIndex = at;
    if (!ssnPattern.test(this.#text)) return;
    const end = ssnPattern.lastIndex;
    const normalised = ssnIn(this.#text.slice(at, end), this.#text, at);
    if (normalised !== undefined) this.ssns.push({ start: at, end, normalised });
  }
}

/** In groups, of which the first has three digits and the second two, or without. */
function mayBeSsn(text: string, start: number, end: number): boolean {
  if (end - start === 9) return true;
  return (
    end - start === 3 && isDigit(text.charCodeAt(end + 2)) && !isDigit(text.charCodeAt(end + 3))
  );
}

/** Numbers of telephones, in order: they need not begin with a digit. */
export function phonesIn(text: string, budget: ScanBudget): readonly FoundNumber[] {
  const found: FoundNumber[] = [];
  for (const { 0: match, index: start } of text.matchAll(phonePattern)) {
    budget.spendWindow();
    const normalised = phoneOf(match, text, start);
    if (normalised !== undefined) found.push({ start, end: start + match.length, normalised });
  }
  return found;
}
