import type { PersonalDataName } from "../../../core/policy/compiled-scanning.ts";
import { passesIban, passesLuhn } from "../../../core/text/checksums.ts";
import type { Span } from "../confirmers.ts";
import type { ScanBudget } from "../scan-budget.ts";
import { phoneOf, phonePattern } from "./phone-numbers.ts";

export interface FoundPersonalData extends Span {
  readonly type: PersonalDataName;
  /** As it is compared: a card without blanks, a mail address in lower case. */
  readonly normalised: string;
}

interface Detector {
  readonly type: PersonalDataName;
  /** A quick look whether there can be any. */
  readonly mayHold: (text: string) => boolean;
  readonly pattern: RegExp;
  /** The normalised value of a match, or undefined where it is none. */
  readonly confirm: (match: string, text: string, start: number) => string | undefined;
}

const cardPattern = /(?<![A-Za-z\d.,/=_#-]|\d[ ])\d(?:[ -]?\d){11,18}(?![\d]|[-.,]\d)/g;
const ibanPattern = /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])/g;
const emailPattern =
  /(?<![A-Za-z0-9._%+=/-])[A-Za-z0-9_](?:[A-Za-z0-9._%+'-]{0,62}[A-Za-z0-9_+-])?@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,5}[A-Za-z]{2,24}(?![A-Za-z0-9@-])/g;
const ssnPattern = /(?<![\w.,/-]|\d[ ])\d{3}([- ]?)\d{2}\1\d{4}(?![\w]|[-.,/]\d)/g;

const detectors: readonly Detector[] = [
  { type: "email", mayHold: (text) => text.includes("@"), pattern: emailPattern, confirm: emailOf },
  { type: "iban", mayHold: hasDigit, pattern: ibanPattern, confirm: ibanOf },
  { type: "card", mayHold: hasDigit, pattern: cardPattern, confirm: cardOf },
  { type: "ssn", mayHold: hasDigit, pattern: ssnPattern, confirm: ssnOf },
  { type: "phone", mayHold: hasDigit, pattern: phonePattern, confirm: phoneOf },
];

/** Finds personal data of these types. What it finds does not overlap and stands in order. */
export function findPersonalData(
  text: string,
  types: readonly PersonalDataName[],
  budget: ScanBudget,
): readonly FoundPersonalData[] {
  let found: readonly FoundPersonalData[] = [];
  for (const detector of detectors) {
    if (!types.includes(detector.type) || !detector.mayHold(text)) continue;
    budget.spendCharacters(text.length);
    const before = found;
    const added = findOfType(detector, { text, budget }, before);
    if (added.length > 0) {
      found = [...before, ...added].sort((one, other) => one.start - other.start);
    }
  }
  return found;
}

/** What other types found before stays theirs. It stands in order, as do the matches, so that both are passed through once. */
function findOfType(
  { type, pattern, confirm }: Detector,
  { text, budget }: { readonly text: string; readonly budget: ScanBudget },
  before: readonly FoundPersonalData[],
): readonly FoundPersonalData[] {
  const added: FoundPersonalData[] = [];
  let next = 0;
  for (const match of text.matchAll(pattern)) {
    budget.spendWindow();
    const span = shortest(type, match[0], (part) => confirm(part, text, match.index));
    if (!span) continue;
    const start = match.index;
    const end = start + span.length;
    while (next < before.length && (before[next]?.end ?? 0) <= start) next += 1;
    const isTaken = (before[next]?.start ?? Number.POSITIVE_INFINITY) < end;
    if (!isTaken) added.push({ type, start, end, normalised: span.normalised });
  }
  return added;
}

function hasDigit(text: string): boolean {
  return /\d{2}/.test(text);
}

/** What follows an IBAN behind a blank looks like a part of it: shorter beginnings are tried, too. */
function shortest(
  type: PersonalDataName,
  match: string,
  confirm: (part: string) => string | undefined,
): { readonly length: number; readonly normalised: string } | undefined {
  for (let part = match; ; ) {
    const normalised = confirm(part);
    if (normalised !== undefined) return { length: part.length, normalised };
    const cut = part.lastIndexOf(" ");
    if (type !== "iban" || cut < 15) return undefined;
    part = part.slice(0, cut);
  }
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

function cardOf(match: string, text: string, start: number): string | undefined {
  const digits = match.replaceAll(/[ -]/g, "");
  if (!issuers.test(digits) || notCards.test(digits) || !passesLuhn(digits)) return undefined;
  if (!isGroupedEvenly(match)) return undefined;
  const isPlain = digits.length === match.length;
  const before = text.slice(Math.max(0, start - 48), start);
  if (isPlain && otherNumber.test(before)) return undefined;
  // Of the lengths that few issuers use, a number alone is more often something else.
  const isUsual = digits.length === 16 || /^3[47]/.test(digits);
  return isPlain && !isUsual && !namesCard.test(before) ? undefined : digits;
}

/** People write cards in groups of four, or of four, six and five. Other groups are several numbers. */
function isGroupedEvenly(match: string): boolean {
  const groups = match.split(/[ -]/).map(({ length }) => length);
  if (groups.length === 1) return true;
  const separators = new Set(match.replaceAll(/\d/g, ""));
  return separators.size === 1 && groups.slice(0, -1).every((length) => length >= 3 && length <= 6);
}

function ibanOf(match: string): string | undefined {
  const plain = match.replaceAll(/[ -]/g, "");
  return passesIban(plain) ? plain.toUpperCase() : undefined;
}

/** Names that stand for many, and files: `logo@2x.png`, `git@github.com`. */
const noPerson =
  /^(?:git|hg|svn|noreply|no-reply|donotreply)@|\.(?:png|jpe?g|gif|svg|webp|css|js|ts|json|md|py|go|rs|html?|local|localdomain|internal|invalid|lock)$/i;

/** A user's name and password before a host: `https://ann:secret@host`, `deploy@host:/srv`. */
const beforeHost = /:\/\/[^\s/]{0,128}$/;
const beginsMail = /[\s"'<([,;]/;
const pathBehind = /^:[/~\w]/;
const namesMessage = /(?:message-id|in-reply-to|references|content-id|cid)["']?:\s{0,2}["']?<?$/i;

function emailOf(match: string, text: string, start: number): string | undefined {
  if (noPerson.test(match) || match.includes("..") || match.indexOf("@") > 64) return undefined;
  const end = start + match.length;
  if (text[end] === ":" && pathBehind.test(text.slice(end, end + 2))) return undefined;
  const edge = text.charAt(start - 1);
  const before = () => text.slice(Math.max(0, start - 132), start);
  if (edge === "<" && namesMessage.test(before())) return undefined;
  if (edge !== "" && !beginsMail.test(edge) && beforeHost.test(before())) return undefined;
  return match.toLowerCase();
}

/** Numbers that were never given out, or mean nobody (SSA): area 000, 666 and 9xx, group 00, serial 0000. */
const neverIssued = /^(?:000|666|9)|^...00|0000$|^(?:078051120|219099999)$/;
/** Everybody's example: one where it is called so. */
const sampleNumber = "123456789";
const namesSsn = /\bssn|social.{0,3}security|\bss#|tax.?(?:payer)?.?id|\bitin\b/i;
const namesPart =
  /(?:part|sku|model|order|invoice|serial|item|ref|case|ticket)\W{0,2}(?:no|nr|number|id)?[\s.:#]{0,3}$/i;

function ssnOf(match: string, text: string, start: number): string | undefined {
  const digits = match.replaceAll(/[- ]/g, "");
  if (neverIssued.test(digits)) return undefined;
  const before = text.slice(Math.max(0, start - 80), start);
  const isPlain = digits.length === match.length;
  const isNamed = namesSsn.test(
    isPlain ? before.slice(-32) : before + text.slice(start, start + 35),
  );
  // Without dashes it is a shape that many numbers have.
  const needsName = !match.includes("-") || digits === sampleNumber || namesPart.test(before);
  return needsName && !isNamed ? undefined : digits;
}
