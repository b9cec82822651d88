import type { PersonalDataName } from "../../../core/policy/compiled-scanning.ts";
import { passesIban } from "../../../core/text/checksums.ts";
import type { Span } from "../confirmers.ts";
import type { ScanBudget } from "../scan-budget.ts";
import { cardIn, cardPattern } from "./payment-cards.ts";
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
  readonly confirm: (match: string, text: string, start: number) => Confirmed | string | undefined;
}

/** A part of a match. */
interface Confirmed {
  readonly offset: number;
  readonly length: number;
  readonly normalised: string;
}

const ibanPattern =
  /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ \u00a0\u202f-]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])/g;
const emailPattern =
  /(?<![A-Za-z0-9._%+/-])[A-Za-z0-9_](?:[A-Za-z0-9._%+'-]{0,62}[A-Za-z0-9_+-])?@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,5}[A-Za-z]{2,24}(?![A-Za-z0-9@-])/g;
const ssnPattern =
  /(?<![\w.,/-]|\d[ \u00a0])\d{3}([- \u00a0\u2010\u2011\u2013]?)\d{2}\1\d{4}(?![\w]|[-.,/]\d)/g;

const detectors: readonly Detector[] = [
  { type: "email", mayHold: (text) => text.includes("@"), pattern: emailPattern, confirm: emailOf },
  { type: "iban", mayHold: hasDigit, pattern: ibanPattern, confirm: ibanOf },
  { type: "card", mayHold: hasDigit, pattern: cardPattern, confirm: cardIn },
  { type: "ssn", mayHold: hasDigit, pattern: ssnPattern, confirm: ssnOf },
  { type: "phone", mayHold: hasDigit, pattern: phonePattern, confirm: phoneOf },
];

/** To look for one type costs so much of what the one pass over all of a text does. */
const shareOfType = 0.1;

/** Finds personal data of these types. What it finds does not overlap and stands in order. */
export function findPersonalData(
  text: string,
  types: readonly PersonalDataName[],
  budget: ScanBudget,
): readonly FoundPersonalData[] {
  let found: readonly FoundPersonalData[] = [];
  for (const detector of detectors) {
    if (!types.includes(detector.type) || !detector.mayHold(text)) continue;
    budget.spendCharacters(text.length, shareOfType);
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
    const part = confirmed({ type, confirm }, match, text);
    if (!part) continue;
    const start = match.index + part.offset;
    const end = start + part.length;
    while (next < before.length && (before[next]?.end ?? 0) <= start) next += 1;
    const isTaken = (before[next]?.start ?? Number.POSITIVE_INFINITY) < end;
    if (!isTaken) added.push({ type, start, end, normalised: part.normalised });
  }
  return added;
}

function hasDigit(text: string): boolean {
  return /\d{2}/.test(text);
}

/** What follows an IBAN behind a blank looks like a part of it: shorter beginnings are tried, too. */
function confirmed(
  { type, confirm }: Pick<Detector, "type" | "confirm">,
  { 0: match, index }: RegExpExecArray,
  text: string,
): Confirmed | undefined {
  for (let part = match; ; ) {
    const found = confirm(part, text, index);
    if (typeof found === "object") return found;
    if (found !== undefined) return { offset: 0, length: part.length, normalised: found };
    const cut = part.lastIndexOf(" ");
    if (type !== "iban" || cut < 15) return undefined;
    part = part.slice(0, cut);
  }
}

function ibanOf(match: string): string | undefined {
  const plain = match.replaceAll(/[ \u00a0\u202f-]/g, "");
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
  const digits = match.replaceAll(/\D/g, "");
  if (neverIssued.test(digits)) return undefined;
  const before = text.slice(Math.max(0, start - 80), start);
  const isPlain = digits.length === match.length;
  const isNamed = namesSsn.test(
    isPlain ? before.slice(-32) : before + text.slice(start, start + 35),
  );
  // Without dashes it is a shape that many numbers have.
  const needsName =
    !/[-\u2010\u2011\u2013]/.test(match) || digits === sampleNumber || namesPart.test(before);
  return needsName && !isNamed ? undefined : digits;
}
