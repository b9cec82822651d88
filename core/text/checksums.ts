import { countrySpecs, ValidationErrorsIBAN, validateIBAN } from "ibantools";

/** What each digit counts where it is doubled. */
const doubled = Uint8Array.of(0, 2, 4, 6, 8, 1, 3, 5, 7, 9);

/** The check digit of payment cards and other numbers (ISO/IEC 7812-1, annex B). Digits only. */
export function passesLuhn(digits: string): boolean {
  return passesLuhnBetween(digits, 0, digits.length);
}

/** The same of a part of a text: what stands between its digits does not count. */
export function passesLuhnBetween(text: string, start: number, end: number): boolean {
  let sum = 0;
  let count = 0;
  for (let at = end - 1; at >= start; at -= 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) continue;
    sum += (count & 1) === 0 ? digit : (doubled[digit] as number);
    count += 1;
  }
  return count > 1 && sum % 10 === 0;
}

/**
 * Two check digits behind two letters of a country of the register, and that country's length and shape (ISO 13616). Without
 * blanks. What a country's banks check beyond that is theirs: an account with a wrong digit of theirs is an account still.
 */
export function passesIban(text: string): boolean {
  // Quicker than the register, and nearly all that only looks like an account ends here.
  if (!passesMod97(text.slice(4) + text.slice(0, 4))) return false;
  const { valid, errorCodes } = validateIBAN(text.toUpperCase());
  return (
    valid ||
    errorCodes.every((code) => code === ValidationErrorsIBAN.WrongAccountBankBranchChecksum)
  );
}

/**
 * What an account of each country of the register is made of behind its check digits (ISO 13616): for each place "n" for a digit,
 * "a" for a letter, "c" for either. Without blanks.
 */
export const ibanShapes: ReadonlyMap<string, string> = new Map(
  Object.entries(countrySpecs).flatMap(([country, { chars, bban_regexp }]) =>
    chars && bban_regexp ? [[country, shapeOf(bban_regexp)]] : [],
  ),
);

/** Of a pattern of the register, such as `^[A-Z]{4}[0-9]{14}$`. */
function shapeOf(pattern: string): string {
  const parts = [...pattern.matchAll(/\[([^\]]+)\](?:\{(\d+)\})?/g)];
  return parts.map(([, of = "", count = "1"]) => letterFor(of).repeat(Number(count))).join("");
}

function letterFor(of: string): string {
  if (of === "0-9") return "n";
  return of === "A-Z" ? "a" : "c";
}

/** ISO 7064 MOD 97-10: letters count as 10 to 35, and the whole number leaves 1. */
export function passesMod97(text: string): boolean {
  let rest = 0;
  for (let index = 0; index < text.length; index += 1) {
    const value = numberOf(text.charCodeAt(index));
    if (value < 0) return false;
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** Of a digit or a letter; negative for all else. */
function numberOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 122 ? letter - 87 : -1;
}
