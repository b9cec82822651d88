import type { ScanBudget } from "./scan-budget.ts";
import { findInText, type Hit, type TextSettings } from "./text-detectors.ts";
import { textTraits } from "./text-traits.ts";

/** A social security number has nine digits; what operators look for may have fewer. */
const leastPersonal = 1e8;
const leastCustom = 1e5;
/** From here on numbers are written with an exponent. */
const tooLarge = 1e21;
const longestKey = 64;
const digitsAndSign = textTraits.digit | textTraits.at;

/** Looks at the numbers of JSON as it does at texts: a card is one with quotes and without. */
export class NumberInspection {
  readonly #settings: TextSettings;
  readonly #budget: ScanBudget;
  readonly #least: number;

  constructor(settings: TextSettings, budget: ScanBudget) {
    this.#settings = settings;
    this.#budget = budget;
    const { personalData, custom } = settings;
    const asksCustom = custom.some(({ action }) => action !== "off");
    this.#least = asksCustom ? leastCustom : personalData === "off" ? tooLarge : leastPersonal;
  }

  /** A quick look whether there may be anything in a number: most are short. */
  mayHold(value: number): boolean {
    const size = Math.abs(value);
    return size >= this.#least && size < tooLarge && Number.isInteger(value);
  }

  /** What is found in a number that may hold something, under its key. */
  find(value: number, key: string | undefined): readonly Hit[] {
    const size = Math.abs(value);
    const lead = key === undefined ? "" : `${key.slice(-longestKey)}: `;
    return findInText({
      text: `${lead}${size}`,
      settings: { ...this.#settings, promptInjection: "off", links: "off" },
      budget: this.#budget,
      context: "text",
      promptStarts: [],
      traits: { all: digitsAndSign, blocks: [digitsAndSign] },
    }).filter(({ end }) => end > lead.length);
  }
}

/**
 * What stands in place of a number, since nothing but a number may: as long, with its last four digits, and beginning as neither cards nor
 * social security numbers do.
 */
export function maskedNumber(value: number): number {
  const digits = String(Math.abs(value));
  const masked = Number(`9${"0".repeat(Math.max(0, digits.length - 5))}${digits.slice(-4)}`);
  return value < 0 ? -masked : masked;
}
