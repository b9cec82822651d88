import { passesLuhn } from "../../../core/text/checksums.ts";
import { isDigit } from "./digit-runs.ts";

/** Where in a match a card stands, and its digits alone. */
export interface FoundCard {
  readonly offset: number;
  readonly length: number;
  readonly normalised: string;
}

/**
 * Digits, in groups or not. Behind another number and a blank only those that stand together: columns of a table are many
 * numbers. What it matches holds a card only where {@link cardIn} says so.
 */
export const cardPattern =
  /(?:(?<![A-Za-z\d.,_#-]|\d[ \u00a0\u2007\u2009\u202f])|(?<=\d[ \u00a0])(?=\d{13}))\d(?:[ .\u00a0\u2007\u2009\u202f\u2010\u2011\u2013-]?\d){11,18}(?!\d|[-.,]\d)/y;

const leastDigits = 12;
const longestCard = 19;
/** What stands between the groups of a card, and what no card stands behind, as bits. */
const separates = 1;
const blank = 2;
const joins = 4;
const kindOf = new Uint8Array(65_536);
for (const it of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz,_#") {
  kindOf[it.charCodeAt(0)] = joins;
}
for (const it of ".-") kindOf[it.charCodeAt(0)] = separates | joins;
for (const it of " \u00a0\u2007\u2009\u202f") kindOf[it.charCodeAt(0)] = separates | blank;
for (const it of "\u2010\u2011\u2013") kindOf[it.charCodeAt(0)] = separates;

/** A quick look whether enough digits begin here. It may err toward yes. */
export function mayBeCard(text: string, start: number, end: number): boolean {
  const before = start === 0 ? 0 : (kindOf[text.charCodeAt(start - 1)] as number);
  if ((before & joins) !== 0 || end - start > longestCard) return false;
  const isBehindNumber = (before & blank) !== 0 && isDigit(text.charCodeAt(start - 2));
  if (isBehindNumber) return end - start > leastDigits;
  return hasDigits(text, end, leastDigits - (end - start));
}

/** Whether so many digits follow, in groups or not. */
function hasDigits(text: string, from: number, wanted: number): boolean {
  let left = wanted;
  for (let at = from; left > 0; at += 1) {
    if (at >= text.length) return false;
    const code = text.charCodeAt(at);
    if (isDigit(code)) left -= 1;
    else if (!isSeparator(code) || !isDigit(text.charCodeAt(at + 1))) return false;
  }
  return true;
}

function isSeparator(code: number): boolean {
  return ((kindOf[code] as number) & separates) !== 0;
}

/** Numbers of the ranges that issuers use (ISO/IEC 7812), and of the lengths that those ranges have. */
const issuers =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|2720\d{12}|3[47]\d{13}|3(?:0[0-59]|[689]\d)\d{11,13}|6(?:011|5\d\d|4[4-9]\d)\d{12,15}|35(?:2[89]|[3-8]\d)\d{12}|(?:5018|5020|5038|5[6-9]\d\d|6304|6759|676[1-3]|0604)\d{8,15}|62\d{14,17}|(?:2131|1800)\d{11}|9792\d{12}|220[0-4]\d{12,15})$/;
/** Numbers that everybody knows: documentation and sandboxes. They are still cards; zeros are none. */
const notCards = /^(\d)\1+$/;
/** Names of numbers that are as long as cards and pass by chance: one in ten does. */
const otherNumber =
  /(?:timestamp|\bts|epoch|nonce|trace|span|order|invoice|tracking|transaction|request|session|message|event|batch|ticket|reference|barcode|imei|isbn|ean|gtin|upc|sku|build|version|hash|id|uuid|seed|serial|offset|size)(?:[ _-]?(?:no|nr|num|number|id|code)\.?)?["']?\s{0,2}[:=#]?\s{0,2}["']?$/i;
const namesCard = /card|visa|master|maestro|amex|credit|debit|\bcc\b|\bpan\b|pay/i;

/** Digits that stand together or in groups with one separator. */
interface Groups {
  readonly offset: number;
  readonly lengths: readonly number[];
  readonly digits: string;
}

/** The card in a match of {@link cardPattern}, if there is one. */
export function cardIn(match: string, text: string, start: number): FoundCard | undefined {
  for (const { offset, lengths, digits } of readings(match)) {
    if (!isCard(digits, lengths.length === 1, text, start + offset)) continue;
    const length = digits.length + lengths.length - 1;
    return { offset, length, normalised: digits };
  }
  return undefined;
}

function isCard(digits: string, isPlain: boolean, text: string, at: number): boolean {
  if (!passesLuhn(digits) || !issuers.test(digits) || notCards.test(digits)) return false;
  const before = text.slice(Math.max(0, at - 48), at);
  if (isPlain && otherNumber.test(before)) return false;
  // Ways are full of long numbers.
  if (before.endsWith("/") && !namesCard.test(before.slice(-12))) return false;
  // Of the lengths that few issuers use, a number alone is more often something else.
  const isUsual = digits.length === 16 || /^3[47]/.test(digits);
  return !isPlain || isUsual || namesCard.test(before);
}

/** All of the match; a number in it that stands together; and groups without a short number beside them, such as a month. */
function* readings(match: string): Generator<Groups> {
  const groups = groupsOf(match);
  if (groups.length === 1) {
    yield { offset: 0, lengths: [match.length], digits: match };
    return;
  }
  const whole = joined(groups, match);
  if (whole && isGroupedEvenly(whole, match)) yield whole;
  for (const { start, end } of groups) {
    const digits = match.slice(start, end);
    const standsAlone = !/[^ \u00a0]/.test(match.charAt(start - 1) + match.charAt(end));
    if (digits.length >= 12 && standsAlone)
      yield { offset: start, lengths: [digits.length], digits };
  }
  for (const part of [groups.slice(0, -1), groups.slice(1)]) {
    const inner = joined(part, match);
    if (inner && usualGroups.test(inner.lengths.join(" "))) yield inner;
  }
}

const usualGroups = /^(?:4 4 4 4|4 6 5|4 6 4)$/;

interface Group {
  readonly start: number;
  readonly end: number;
}

function groupsOf(match: string): readonly Group[] {
  const groups: Group[] = [];
  let start = 0;
  for (let at = 1; at <= match.length; at += 1) {
    if (isDigit(match.charCodeAt(at))) continue;
    groups.push({ start, end: at });
    start = at + 1;
    at = start;
  }
  return groups;
}

/** These groups as one number, where the same stands between all of them. */
function joined(groups: readonly Group[], match: string): Groups | undefined {
  const [first] = groups;
  const last = groups.at(-1);
  if (!first || !last) return undefined;
  const between = match.charAt(first.end);
  const isMixed = groups.some(({ end }) => end < last.end && match.charAt(end) !== between);
  if (isMixed) return undefined;
  const lengths = groups.map(({ start, end }) => end - start);
  const digits = groups.map(({ start, end }) => match.slice(start, end)).join("");
  return { offset: first.start, lengths, digits };
}

/** People write cards in groups of four, or of four, six and five. Other groups are several numbers, and dots mostly decimals. */
function isGroupedEvenly({ lengths }: Groups, match: string): boolean {
  if (lengths.length === 1) return true;
  if (match.includes(".")) return usualGroups.test(lengths.join(" "));
  return lengths.slice(0, -1).every((length) => length >= 3 && length <= 6);
}
