import type { Span } from "../confirmers.ts";
import type { ScanBudget } from "../scan-budget.ts";

interface FoundAddress extends Span {
  readonly normalised: string;
}

const addressPattern =
  /(?<![A-Za-z0-9._%+/-])[A-Za-z0-9_](?:[A-Za-z0-9._%+'-]{0,62}[A-Za-z0-9_+-])?@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,5}[A-Za-z]{2,24}(?![A-Za-z0-9@-])/y;

const longestName = 64;
/** What a name consists of, what it begins with, and what stands before none, as bits. */
const name = 1;
const begins = 2;
const joins = 4;
const host = 8;
const kindOf = new Uint8Array(65_536);
const mark = (characters: string, bits: number) => {
  for (const it of characters) kindOf[it.charCodeAt(0)] = bits;
};
mark(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
  name | begins | joins | host,
);
mark(".-", name | joins | host);
mark("_", name | begins | joins);
mark("%+", name | joins);
mark("'", name);
mark("/", joins);

/** Names that stand for many, and files: `logo@2x.png`, `git@github.com`. */
const noPerson =
  /^(?:git|hg|svn|noreply|no-reply|donotreply)@|\.(?:png|jpe?g|gif|svg|webp|css|js|ts|json|md|py|go|rs|html?|local|localdomain|internal|invalid|lock)$/i;

/** A user's name and password before a host: `https://ann:secret@host`, `deploy@host:/srv`. */
const beforeHost = /:\/\/[^\s/]{0,128}$/;
const beginsMail = /[\s"'<([,;]/;
const pathBehind = /^:[/~\w]/;
const namesMessage = /(?:message-id|in-reply-to|references|content-id|cid)["']?:\s{0,2}["']?<?$/i;

/** Finds addresses of mail that may be those of people, in order. */
export function findMailAddresses(text: string, budget: ScanBudget): readonly FoundAddress[] {
  const found: FoundAddress[] = [];
  let searched = 0;
  for (let sign = text.indexOf("@"); sign >= 0; sign = text.indexOf("@", sign + 1)) {
    const start = hasHost(text, sign) ? startOfName(text, sign, searched) : -1;
    if (start < 0) continue;
    budget.spendWindow();
    addressPattern.lastIndex = start;
    if (!addressPattern.test(text)) continue;
    const end = addressPattern.lastIndex;
    searched = end;
    const match = text.slice(start, end);
    if (isOfPerson(match, text, start)) found.push({ start, end, normalised: match.toLowerCase() });
  }
  return found;
}

/** The first place from which all to the sign is a name. Negative: there is none. */
function startOfName(text: string, sign: number, searched: number): number {
  const least = Math.max(searched, sign - longestName);
  let start = -1;
  let kind = kindAt(text, sign - 1);
  for (let at = sign - 1; at >= least && (kind & name) !== 0; at -= 1) {
    const before = kindAt(text, at - 1);
    if ((kind & begins) !== 0 && (before & joins) === 0) start = at;
    kind = before;
  }
  return start;
}

/** A quick look whether a host's name follows: whatever has two letters behind a dot. */
function hasHost(text: string, sign: number): boolean {
  if ((kindAt(text, sign + 1) & begins) === 0) return false;
  for (let at = sign + 2; (kindAt(text, at) & host) !== 0; at += 1) {
    if (text.charCodeAt(at) === 0x2e && isLetter(text, at + 1) && isLetter(text, at + 2))
      return true;
  }
  return false;
}

function isLetter(text: string, at: number): boolean {
  const letter = text.charCodeAt(at) | 0x20;
  return letter >= 0x61 && letter <= 0x7a;
}

function kindAt(text: string, at: number): number {
  return at >= 0 && at < text.length ? (kindOf[text.charCodeAt(at)] as number) : 0;
}

function isOfPerson(match: string, text: string, start: number): boolean {
  if (noPerson.test(match) || match.includes("..") || match.indexOf("@") > 64) return false;
  const end = start + match.length;
  if (text[end] === ":" && pathBehind.test(text.slice(end, end + 2))) return false;
  const edge = text.charAt(start - 1);
  const before = () => text.slice(Math.max(0, start - 132), start);
  if (edge === "<" && namesMessage.test(before())) return false;
  return edge === "" || beginsMail.test(edge) || !beforeHost.test(before());
}
