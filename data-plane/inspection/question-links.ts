import { findUrlProblems } from "./injection/url-problems.ts";

/**
 * Whether a field is the address that a person is asked to open (elicitation in URL mode, MCP 2025-11-25) and that no honest server
 * would send them to: no https, an address inside, a host that hides or imitates another, credentials in it.
 */
export function asksForBadLink(key: string, holder: Readonly<Record<string, unknown>>): boolean {
  const { mode, url } = holder;
  if (key !== "url" || mode !== "url" || typeof url !== "string") return false;
  if (!URL.canParse(url)) return true;
  const { protocol, username, password, hostname } = new URL(url);
  const isPlain = protocol !== "https:" && !isOnThisMachine(hostname);
  if (isPlain || username !== "" || password !== "") return true;
  const problems = findUrlProblems(url, []);
  // A tool's own login page may well be inside: its people are, too.
  return problems.some((it) => it !== "internal-address");
}

function isOnThisMachine(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
}
