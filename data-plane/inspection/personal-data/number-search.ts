import type { PersonalDataName } from "../../../core/policy/compiled-scanning.ts";
import type { ScanBudget } from "../scan-budget.ts";
import { accountAt } from "./account-numbers.ts";
import { CardPlaces } from "./card-places.ts";
import type { FoundNumber } from "./found-number.ts";
import { isDigit } from "./number-signs.ts";
import { cardIn } from "./payment-cards.ts";
import { phoneOf, phonePattern } from "./phone-numbers.ts";
import { ssnIn, ssnPattern } from "./social-security-numbers.ts";

/** Looks at each run of digits of a text for the numbers of these types. */
export class NumberSearch {
  readonly accounts: FoundNumber[] = [];
  readonly cards: FoundNumber[] = [];
  readonly ssns: FoundNumber[] = [];
  readonly #text: string;
  readonly #budget: ScanBudget;
  readonly #places: CardPlaces;
  readonly #wantsIban: boolean;
  readonly #wantsCard: boolean;
  readonly #wantsSsn: boolean;
  /** Behind the account, and the match of cards, that were found last. */
  #account = 0;
  #card = 0;

  constructor(text: string, types: readonly PersonalDataName[], budget: ScanBudget) {
    this.#text = text;
    this.#budget = budget;
    this.#places = new CardPlaces(text);
    this.#wantsIban = types.includes("iban");
    this.#wantsCard = types.includes("card");
    this.#wantsSsn = types.includes("ssn");
  }

  begin(count: number): void {
    this.#budget.spendWork(count);
  }

  /** At digits that stand together. */
  look(start: number, end: number): void {
    const count = end - start;
    if (this.#wantsIban && count >= 2 && start >= 2 && start - 2 >= this.#account) {
      this.#lookForAccount(start - 2);
    }
    if (this.#wantsCard && start >= this.#card) this.#lookForCard(start, end);
    if (this.#wantsSsn && (count === 9 || count === 3) && mayBeSsn(this.#text, end, count)) {
      this.#lookForSsn(start);
    }
  }

  #lookForAccount(at: number): void {
    const account = accountAt(this.#text, at);
    if (!account) return;
    this.#account = account.end;
    this.accounts.push({ start: at, ...account });
  }

  #lookForCard(start: number, runEnd: number): void {
    const end = this.#places.endOf(start, runEnd);
    if (end === 0) return;
    this.#budget.spendWindow();
    this.#card = end;
    const card = cardIn(this.#text, start, end);
    if (card) this.cards.push(card);
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
function mayBeSsn(text: string, end: number, count: number): boolean {
  if (count === 9) return true;
  return (
    end + 3 < text.length && isDigit(text.charCodeAt(end + 2)) && !isDigit(text.charCodeAt(end + 3))
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
