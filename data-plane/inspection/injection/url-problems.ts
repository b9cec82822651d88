import { isIP } from "node:net";
import { domainToUnicode } from "node:url";
import { findAddressProblem, isMetadataAddress } from "../../../core/net/address-rules.ts";
import type { NetworkName } from "../../../core/policy/compiled-policy.ts";
import type { GlobMatcher } from "../../../core/policy/glob.ts";
import { findPathProblems } from "./path-problems.ts";

/** What leads to files, processes and other protocols, where a tool was to fetch a page. */
const dangerousSchemes =
  /^(?:file|gopher|dict|jar|netdoc|php|phar|expect|ldaps?|tftp|jdbc|rmi|dns|smb|nfs|telnet|javascript|vbscript|data|view-source|chrome|about|local_file|glob|zip|ogg|ssh2|sftp|classpath|url|ssh|blob|filesystem|unix|compress\.\w+|resource|ms-\w+|search-ms):/;

const insideNames =
  /^(?:localhost|.+\.localhost|.+\.(?:internal|intranet|corp|lan|local|home\.arpa|localdomain)|metadata|metadata\..+|instance-data|ip6-localhost|ip6-loopback|ipv6-localhost|broadcasthost|kubernetes(?:\.default.*)?|.+\.svc(?:\.cluster\.local)?|host\.docker\.internal|gateway\.docker\.internal|.*rebind.*|(?:.+\.)?(?:localtest\.me|lvh\.me|vcap\.me|lacolhost\.com|xip\.io|rbndr\.us|1u\.ms|spoofed\.burpcollaborator\.net|localdomain\.pw))$/;
/** Ends of names that only a cluster's own servers know. */
const clusterNames = /\.(?:consul|docker|rancher|mesos|marathon|k8s|nomad)$/;
/** Names of services that resolve to the address that stands in the name. */
const embedded =
  /(?:^|[.-])((?:\d{1,3}[.-]){3}\d{1,3}|[0-9a-f]{8})\.(?:nip|sslip|xip|traefik)\.(?:io|me)$/;

/** Why an address may not be fetched, as the ends of rules' names. `hosts`: those the operator allows; empty means any within `reach`. */
export function findUrlProblems(
  source: string,
  hosts: readonly GlobMatcher[],
  reach: NetworkName = "public",
): readonly string[] {
  const text = withoutBlanks(source);
  if (dangerousSchemes.test(text.toLowerCase())) return ["scheme"];
  const url = parse(text);
  if (!url) return problemsOfNone(text);
  const host = url.hostname
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "")
    .toLowerCase();
  if (host === "") return [];
  const problems: string[] = [];
  const isBare = reach === "public" && hosts.length === 0 && isBareName(host, text);
  const misdirected = misdirects(host, hosts, reach) ?? (isBare ? "internal-address" : undefined);
  if (misdirected !== undefined) problems.push(misdirected);
  if (hidesHost(url, text)) problems.push("hidden-host");
  if (looksLikeAnother(host)) problems.push("confusable-host");
  if (climbsAbove(text)) problems.push("traversal");
  for (const inner of addressesWithin(url)) {
    const found = findUrlProblems(inner, [], reach).filter((it) => leadsAstray.test(it));
    problems.push(...found.filter((it) => !problems.includes(it)));
  }
  return problems;
}

/** More steps up than down before the query, however the dots are written: servers that read files take them for a way. */
function climbsAbove(text: string): boolean {
  if (!/\.\.|%2e|%252e/i.test(text)) return false;
  const [path = ""] = text.replace(/^[a-z][a-z0-9+.-]{0,20}:\/{0,3}[^/?#]*/i, "").split(/[?#]/, 1);
  return findPathProblems(path.replace(/^\/+/, ""), []).includes("traversal");
}

const leadsAstray = /^(?:scheme|internal-address|metadata-service)$/;

/** What no client of the standard can read may be read by another. */
function problemsOfNone(text: string): readonly string[] {
  if (isOverflowing(text)) return ["internal-address"];
  const authority = /^(?:https?|ftp|wss?):[/\\]{2}([^/?#\\]{1,512})/i.exec(text)?.[1] ?? "";
  return /%[\da-f]{2}|\0/i.test(authority) ? ["hidden-host"] : [];
}

const innerAddress =
  /(?:https?|ftp|gopher|dict|file|ldap):\/{1,3}[^\s&"'<>]{1,512}|(?<==)\/\/[^\s&"'<>]{1,512}/gi;
/** Where a browser is to come back to: on the machine of whoever logs in. */
const comesBack =
  /(?:redirect|callback|return|next|continue|origin|referr?er|success|cancel)\w{0,16}=$/i;
const ownMachine = /^https?:\/{1,3}(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/?#]|$)/i;
const maxInner = 8;

/** Addresses in the path and the query, which a service behind this one may fetch. They hold none themselves that are looked at. */
function addressesWithin({ pathname, search, hash }: URL): readonly string[] {
  const rest = `${pathname}${search}${hash}`;
  if (!/\/\/|:\/|%2f/i.test(rest)) return [];
  const once = decodeURIComponentSafely(rest);
  const found = [...new Set([rest, once, decodeURIComponentSafely(once)])].flatMap((form) =>
    [...form.matchAll(innerAddress)]
      .slice(0, maxInner)
      .filter(
        ({ 0: address, index }) =>
          !comesBack.test(form.slice(Math.max(0, index - 32), index)) || !ownMachine.test(address),
      )
      .map(([address]) => address.split(/[?#]/, 1)[0] ?? ""),
  );
  return [...new Set(found)].slice(0, maxInner);
}

/** A name without a dot is one of the network that the tool stands in. Without a scheme it may be any word. */
function isBareName(host: string, text: string): boolean {
  return isIP(host) === 0 && !host.includes(".") && /^(?:[a-z][a-z0-9+.-]{1,20}:)?\/\//i.test(text);
}

function misdirects(
  host: string,
  hosts: readonly GlobMatcher[],
  reach: NetworkName,
): string | undefined {
  if (hosts.length > 0) return hosts.some((matches) => matches(host)) ? undefined : "host";
  if (!leadsInside(host, reach)) return undefined;
  return isMetadata(host) ? "metadata-service" : "internal-address";
}

/** Numbers that are no address are one to clients that cut them to a byte each. */
function isOverflowing(text: string): boolean {
  return /^https?:\/\/(?:[\d.]{7,40}|0x[\da-f]{9,40})(?:[:/?#]|$)/i.test(text);
}

/** As browsers and fetch do: blanks and control characters at the ends and line breaks anywhere do not count. */
function withoutBlanks(source: string): string {
  const isBlank = (at: number) => source.charCodeAt(at) <= 0x20;
  let start = 0;
  let end = source.length;
  while (start < end && isBlank(start)) start += 1;
  while (end > start && isBlank(end - 1)) end -= 1;
  return source.slice(start, end).replaceAll(/[\t\n\r]/g, "");
}

/** Tools put a scheme before what has none. */
function parse(text: string): URL | undefined {
  const hasScheme = /^[a-z][a-z0-9+.-]{1,20}:/i.test(text) && !/^[\w.-]+:\d+(?:\/|$)/.test(text);
  const isHost = /^(?:\/\/)?[\w.[\]:%\u3002\uff0e-]+(?:[/?#:@]|$)/.test(text);
  const candidate = hasScheme
    ? text.replace(/^(https?):\/{0,3}/i, "$1://")
    : isHost
      ? `http://${text.replace(/^\/\//, "")}`
      : "";
  // Hosts of other schemes are read as those of http are: who connects to them resolves them alike.
  const plain = candidate
    .replace(/^(?!https?:|wss?:|ftp:)[a-z][a-z0-9+.-]{1,20}:\/\//i, "http://")
    .replace(/^(\w{2,5}:\/\/\[[0-9a-f:.]{2,45})%[\w%.-]{1,40}\]/i, "$1]");
  return URL.parse(plain) ?? undefined;
}

function leadsInside(host: string, reach: NetworkName): boolean {
  // The name is not the tool's own, so that nothing but the address decides.
  const isBeyond = (address: string) => findAddressProblem(address, "", reach) !== undefined;
  if (isIP(host) !== 0) return isBeyond(host);
  if (clusterNames.test(host)) return true;
  if (insideNames.test(host)) return reach !== "loopback" || !/(?:^|\.)localhost$/.test(host);
  const [, address] = embedded.exec(host) ?? [];
  if (address === undefined) return false;
  const dotted = /^[0-9a-f]{8}$/.test(address)
    ? [0, 2, 4, 6].map((at) => Number.parseInt(address.slice(at, at + 2), 16)).join(".")
    : address.replaceAll("-", ".");
  return isIP(dotted) !== 0 && isBeyond(dotted);
}

function isMetadata(host: string): boolean {
  if (isIP(host) !== 0) return isMetadataAddress(host);
  return /^(?:169\.254\.|metadata|instance-data)/.test(host);
}

/** A user's name that looks like the host, before the real one: https://bank.example@evil.example/. */
function hidesHost(url: URL, text: string): boolean {
  const user = decodeURIComponentSafely(url.username);
  if (/[\w-]\.(?:[a-z]{2,}|\d)/i.test(user) && !user.includes("@")) return true;
  if (url.hash.startsWith("#@")) return true;
  return /^https?:\/{2}[^/?#\\]*\\[^/?#]*@/i.test(text) || /^https?:[/\\]{3,}/i.test(text);
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Letters of several scripts in one label: only those who imitate a name write so. */
function looksLikeAnother(host: string): boolean {
  if (!host.includes("xn--")) return false;
  return domainToUnicode(host)
    .split(".")
    .some(
      (label) =>
        /[a-z]/.test(label) &&
        /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}]/u.test(label),
    );
}
