import { type CountryCode, isValidPhoneNumber } from "libphonenumber-js/min";

/** Digits in groups, with an extension or without. What it matches is a number only where {@link phoneOf} says so. */
export const phonePattern =
  /(?<![\w./@#+-]|\d,|\d )(?:\+|00)?\(?\d(?:[ ().x/-]{0,3}\d){5,22}(?![\w@]|[-.,:]\d)/g;

const extension = / {0,1}x\d{1,6}$/;
/** North American numbers are written in groups of three, three and four (NANP), as nothing else is. */
const northAmerican = /^(?:(?:\+|00)?1[-. ]?)?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}$/;
const dateOrPeriod = /^\d{1,4}([./-])\d{1,2}\1\d{1,4}(?:[ T]|$)|^(?:19|20)\d\d[-/ ](?:19|20)\d\d$/;
/** Decimals, addresses of machines, and columns of a table. */
const otherNumbers =
  /^\d+\.\d+$|^\d{1,3}(?:\.\d{1,3}){3}$|[ ]{2}|\d\.\d+ \(|^\d{4,5}-\d{1,4}-?\d{0,2}$/;

const namesPhone =
  /phone|\btel\b|tel[.:]|telefon|mobile|\bcell|\bcall|\bfax|whatsapp|\bsms|\bdial|\breach|\bhandy|\bring\b|contact|answer/gi;
const namesOther =
  /licen[cs]e|account|order|invoice|passport|\bid\b|card|\bzip|postal|\bbox\b|\bapt|suite|ticket|policy|case|ref|isbn|serial|balance|amount|total|price|version|port\b/gi;
const labelBehind = /^[ -]{0,2}[-(]?(?:office|fax|mobile|cell|home|work|phone)\b/i;

const countries: readonly CountryCode[] = [
  ...(["US", "GB", "DE", "FR", "CH", "AU", "IN"] as const),
  ...(["NZ", "IL", "BR", "SE", "NL", "IT", "ES"] as const),
];

/** The digits of a telephone number, or undefined where it is none. International ones wherever they stand; others where their groups or the words around say so. */
export function phoneOf(match: string, text: string, start: number): string | undefined {
  const number = match.replace(extension, "");
  const digits = number.replaceAll(/\D/g, "");
  if (digits.length < 6 || digits.length > 15 || /^(\d)\1+$/.test(digits)) return undefined;
  if (dateOrPeriod.test(number) || otherNumbers.test(number)) return undefined;
  const isNumber =
    northAmerican.test(number) ||
    (/^(?:\+|00)/.test(number)
      ? isValidPhoneNumber(number.replace(/^00/, "+"))
      : isNational(number, digits, contextOf(text, start, start + match.length)));
  return isNumber ? digits : undefined;
}

type Context = "phone" | "none" | "other";

/** What the words before say, the nearest of them; or a label behind. */
function contextOf(text: string, start: number, end: number): Context {
  if (labelBehind.test(text.slice(end, end + 12))) return "phone";
  const before = text.slice(Math.max(0, start - 48), start);
  const phone = lastOf(namesPhone, before);
  const other = lastOf(namesOther, before);
  if (phone < 0 && other < 0) return "none";
  return phone > other ? "phone" : "other";
}

function lastOf(pattern: RegExp, text: string): number {
  let last = -1;
  for (const { index } of text.matchAll(pattern)) last = index;
  return last;
}

function isNational(number: string, digits: string, context: Context): boolean {
  if (context === "other") return false;
  const isGrouped = digits.length < number.length;
  if (context === "phone") return isGrouped || (digits.length >= 7 && digits.length <= 12);
  const begins = isGrouped && digits.length >= 9 && /^(?:0|\()/.test(number);
  return begins && countries.some((country) => isValidPhoneNumber(number, country));
}
