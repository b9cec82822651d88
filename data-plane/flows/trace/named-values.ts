import { passesIban, passesLuhn } from "../../../core/text/checksums.ts";
import type { TraceKind } from "./keyed-digests.ts";

/** A value that names somebody or some place, as written the same way everywhere. */
export interface NamedValue {
  readonly kind: TraceKind;
  readonly value: string;
}

export const maxValuesOfText = 512;
/** So many signs that could stand in an address are looked at. */
const maxCandidates = 4_096;

const address = /\b[a-z][a-z0-9+.-]{1,15}:\/\/([^\s/?#"'<>\\()[\]{}|`,;]{1,300})/gi;
const path = /(?<![\w.:/\\-])(?:~|\.{1,2}|[A-Za-z]:)?(?:[/\\][\w.@+%=~-]{1,128}){1,32}/g;
const digits = /\+?\(?\d(?:[ ().-]{0,2}\d){7,23}/g;
const iban = /\b[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}\b/g;
const handle = /(?<![\w.@/])@[A-Za-z][\w.-]{2,38}\w/g;
const datelike =
  /^(?:19|20)\d\d[ .-]?(?:0[1-9]|1[0-2])[ .-]?[0-3]\d(?!\d)|^[0-3]?\d[ .-][01]?\d[ .-](?:19|20)\d\d/;
/** Endings of files that are top-level domains of few sites. */
const fileEndings =
  /\.(?:md|py|sh|rs|js|ts|tsx|jsx|json|ya?ml|txt|csv|html?|css|pdf|docx?|xlsx?|pptx?|png|jpe?g|gif|svg|zip|gz|tar|log|xml|toml|ini|cfg|conf|env|lock|sql|go|java|rb|php|c|h|cpp|cs|kt|swift|ipynb|exe|dll|so|pem|key|crt|bak|tmp|db|sqlite|parquet|mp[34])$/i;

/** Hosts, e-mail addresses, paths, files, accounts, telephone numbers and @names of a text, at most 512. */
export function namedValuesIn(text: string): readonly NamedValue[] {
  const found: NamedValue[] = [];
  if (text.includes("://")) addHosts(found, text);
  if (text.includes("@")) addAddresses(found, text);
  if (text.includes(".")) addDomains(found, text);
  if (text.includes("/") || text.includes("\\")) addPaths(found, text);
  addAccounts(found, text);
  return found;
}

function addHosts(found: NamedValue[], text: string): void {
  for (const [, authority = ""] of text.matchAll(address)) {
    if (found.length >= maxValuesOfText) return;
    const host = hostOf(authority);
    if (host !== undefined) found.push({ kind: "host", value: host });
  }
}

/** As the URL standard writes it: numbers of IPv4 in decimal, IDNs in punycode. */
function hostOf(authority: string): string | undefined {
  const url = `http://${authority}`;
  if (!URL.canParse(url)) return undefined;
  return new URL(url).hostname.replace(/\.$/, "").replace(/^www\./, "") || undefined;
}

function addAddresses(found: NamedValue[], text: string): void {
  let left = maxCandidates;
  for (let at = text.indexOf("@"); at >= 0 && left > 0; at = text.indexOf("@", at + 1)) {
    if (found.length >= maxValuesOfText) return;
    left -= 1;
    const value = addressAround(text, at);
    if (value !== undefined) found.push({ kind: "email", value });
  }
  for (const [name] of text.matchAll(handle)) {
    if (found.length >= maxValuesOfText) return;
    found.push({ kind: "account", value: name.toLowerCase() });
  }
}

const inOwner = /[\w.+%'-]/;
const mailDomain = /^(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}/i;
function addressAround(text: string, at: number): string | undefined {
  let start = at;
  while (start > 0 && at - start < 64 && inOwner.test(text[start - 1] ?? "")) start -= 1;
  const domain = mailDomain.exec(text.slice(at + 1, at + 256))?.[0];
  if (start === at || domain === undefined) return undefined;
  const local = text.slice(start, at).toLowerCase();
  // What stands behind a plus is for its owner to sort by.
  const owner = (local.split("+", 1)[0] || local).replace(/^[.'-]+/, "");
  return `${owner}@${domain.toLowerCase()}`;
}

const inDomain = /[A-Za-z0-9.-]/;
const wholeDomain = /^(?:[a-z0-9-]{1,63}\.)+(?:[a-z]{2,24}|xn--[a-z0-9-]{2,59})$/;

/** Without scheme, as people write them; what ends like a file is one. */
function addDomains(found: NamedValue[], text: string): void {
  let from = 0;
  let left = maxCandidates;
  for (let dot = text.indexOf("."); dot >= 0; dot = text.indexOf(".", Math.max(dot + 1, from))) {
    if (found.length >= maxValuesOfText) return;
    if (!inDomain.test(text[dot + 1] ?? "")) continue;
    left -= 1;
    if (left < 0) return;
    const [start, end] = stretchAround(text, dot, from);
    from = end;
    const value = domainOrFile(text, start, end);
    if (value !== undefined) found.push(value);
  }
}

function domainOrFile(text: string, start: number, end: number): NamedValue | undefined {
  const isPart = "@/\\_".includes(text[start - 1] ?? " ") || "_(".includes(text[end] ?? " ");
  const name = text
    .slice(start, end)
    .replace(/^[.-]+|[.-]+$/g, "")
    .toLowerCase();
  if (isPart || !wholeDomain.test(name)) return undefined;
  if (fileEndings.test(name)) return { kind: "path", value: name };
  return { kind: "host", value: name.replace(/^www\./, "") };
}

function stretchAround(text: string, dot: number, from: number): readonly [number, number] {
  let start = dot;
  while (start > from && dot - start < 64 && inDomain.test(text[start - 1] ?? "")) start -= 1;
  let end = dot + 1;
  while (end - dot < 192 && inDomain.test(text[end] ?? "")) end += 1;
  return [start, end];
}

function addPaths(found: NamedValue[], text: string): void {
  for (const [whole] of text.matchAll(path)) {
    if (found.length >= maxValuesOfText) return;
    const value = whole.replaceAll("\\", "/").replace(/[.,]+$/, "");
    if (value.length < 5 || !/[A-Za-z]{2}/.test(value)) continue;
    if ((value.match(/\//g)?.length ?? 0) < 2 && !/^[~.A-Za-z]|\.[a-z0-9]{1,8}$/i.test(value))
      continue;
    found.push({ kind: "path", value });
  }
}

function addAccounts(found: NamedValue[], text: string): void {
  for (const [whole] of text.matchAll(digits)) {
    if (found.length >= maxValuesOfText) return;
    if (datelike.test(whole)) continue;
    const number = whole.replaceAll(/\D+/g, "");
    found.push({ kind: "account", value: number.replace(/^0+/, "") });
    const isCard = number.length >= 13 && number.length <= 19 && passesLuhn(number);
    if (isCard) found.push({ kind: "secret", value: number });
  }
  addIbans(found, text);
}

function addIbans(found: NamedValue[], text: string): void {
  for (const [whole] of text.matchAll(iban)) {
    if (found.length >= maxValuesOfText) return;
    const number = ibanIn(whole.replaceAll(/[ -]/g, "").toUpperCase());
    if (number === undefined) continue;
    found.push({ kind: "account", value: number }, { kind: "secret", value: number });
  }
}

/** Words may follow it. */
function ibanIn(text: string): string | undefined {
  for (let length = text.length; length >= 15; length -= 1) {
    const candidate = text.slice(0, length);
    if (passesIban(candidate)) return candidate;
  }
  return undefined;
}
