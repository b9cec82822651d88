import { passesLuhnBetween } from "../../../core/text/checksums.ts";
import type { FoundNumber } from "./found-number.ts";
import { isDigit } from "./number-signs.ts";

/** Numbers of the ranges that issuers use (ISO/IEC 7812), and of the lengths that those ranges have. */
const issuers =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|2720\d{12}|3[47]\d{13}|3(?:0[0-59]|[689]\d)\d{11,13}|6(?:011|5\d\d|4[4-9]\d)\d{12,15}|35(?:2[89]|[3-8]\d)\d{12}|(?:5018|5020|5038|5[6-9]\d\d|6304|6759|676[1-3]|0604)\d{8,15}|62\d{14,17}|(?:2131|1800)\d{11}|9792\d{12}|220[0-4]\d{12,15})$/;
/** Numbers that everybody knows: documentation and sandboxes. They are still cards; zeros are none. */
const notCards = /^(\d)\1+$/;
/** Names of numbers that are as long as cards and pass by chance: one in ten does. */
const otherNumber =
  /(?:timestamp|\bts|epoch|nonce|trace|span|order|invoice|tracking|transaction|request|session|message|event|batch|ticket|reference|barcode|imei|isbn|ean|gtin|upc|sku|build|version|hash|id|uuid|seed|serial|offset|size)(?:[ _-]?(?:no|nr|num|number|id|code)\.?)?["']?\s{0,2}[:=#]?\s{0,2}["']?$/i;
const namesCard = /card|visa|master|maestro|amex|credit|debit|\bcc\b|\bpan\b|pay/i;

/** Where the groups of the digits that are looked at begin and end: made once, since there are many of them. */
const mostGroups = 19;
const starts = new Int32Array(mostGroups);
const ends = new Int32Array(mostGroups);

/**
 * The card in digits that are as many as those of one: all of them; a number among them that stands together; or groups without a
 * short number beside them, such as a month.
 */
export function cardIn(text: string, start: number, end: number): FoundNumber | undefined {
  const last = noteGroups(text, start, end);
  if (last === 0) return cardOf(text, 0, 0);
  const whole = isGroupedEvenly(text, last) ? cardOf(text, 0, last) : undefined;
  return whole ?? cardAlone(text, last) ?? innerCard(text, 0, last - 1) ?? innerCard(text, 1, last);
}

/** Returns the number of the last group. */
function noteGroups(text: string, start: number, end: number): number {
  let group = 0;
  starts[0] = start;
  for (let at = start + 1; at < end; at += 1) {
    if (isDigit(text.charCodeAt(at))) continue;
    ends[group] = at;
    group += 1;
    starts[group] = at + 1;
  }
  ends[group] = end;
  return group;
}

function cardAlone(text: string, last: number): FoundNumber | undefined {
  for (let group = 0; group <= last; group += 1) {
    const isBlankBefore = group === 0 || isPlainBlank(text, (starts[group] as number) - 1);
    const standsAlone = isBlankBefore && (group === last || isPlainBlank(text, endOf(group)));
    const card = standsAlone && lengthOf(group) >= 12 ? cardOf(text, group, group) : undefined;
    if (card) return card;
  }
  return undefined;
}

function innerCard(text: string, first: number, last: number): FoundNumber | undefined {
  return isUsual(first, last) && isSeparatedEvenly(text, first, last)
    ? cardOf(text, first, last)
    : undefined;
}

function isPlainBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || code === 0xa0;
}

function lengthOf(group: number): number {
  return (ends[group] as number) - (starts[group] as number);
}

function endOf(group: number): number {
  return ends[group] as number;
}

/** These groups as one number. */
function cardOf(text: string, first: number, last: number): FoundNumber | undefined {
  const start = starts[first] as number;
  const end = endOf(last);
  if (!passesLuhnBetween(text, start, end)) return undefined;
  const match = text.slice(start, end);
  const isPlain = first === last;
  const normalised = isPlain ? match : match.replaceAll(/\D/g, "");
  return isCard(normalised, isPlain, text, start) ? { start, end, normalised } : undefined;
}

function isCard(digits: string, isPlain: boolean, text: string, at: number): boolean {
  if (!issuers.test(digits) || notCards.test(digits)) return false;
  const before = text.slice(Math.max(0, at - 48), at);
  if (isPlain && otherNumber.test(before)) return false;
  // Ways are full of long numbers.
  if (before.endsWith("/") && !namesCard.test(before.slice(-12))) return false;
  // Of the lengths that few issuers use, a number alone is more often something else.
  const isUsual = digits.length === 16 || /^3[47]/.test(digits);
  return !isPlain || isUsual || namesCard.test(before);
}

/** People write cards in groups of four, or of four, six and five, with the same between them. Other groups are several numbers, and dots mostly decimals. */
function isGroupedEvenly(text: string, last: number): boolean {
  if (!isSeparatedEvenly(text, 0, last)) return false;
  if (text.charCodeAt(endOf(0)) === 0x2e) return isUsual(0, last);
  for (let group = 0; group < last; group += 1) {
    if (lengthOf(group) < 3 || lengthOf(group) > 6) return false;
  }
  return true;
}

function isSeparatedEvenly(text: string, first: number, last: number): boolean {
  const between = text.charCodeAt(endOf(first));
  for (let group = first + 1; group < last; group += 1) {
    if (text.charCodeAt(endOf(group)) !== between) return false;
  }
  return true;
}

/** Groups of 4 4 4 4, 4 6 5 or 4 6 4. */
function isUsual(first: number, last: number): boolean {
  if (lengthOf(first) !== 4) return false;
  if (last - first === 2) {
    return lengthOf(first + 1) === 6 && (lengthOf(last) === 4 || lengthOf(last) === 5);
  }
  const areFours = lengthOf(first + 1) === 4 && lengthOf(first + 2) === 4 && lengthOf(last) === 4;
  return last - first === 3 && areFours;
}
