import { scanCopy } from "./scan-copy.ts";

/** The beginning of a token, in letters of either case: what it would become of. */
const mark = "[[mcpgw:";
const escapedMark = "[[not-mcpgw:";
const address = "@redacted.invalid";
const escapedAddress = "@not-redacted.invalid";

/**
 * The text without what looks like one of our redaction tokens, also through invisible characters and look-alike letters: who
 * wrote it did not have it of us, or has it of another text. Done twice it is done once.
 */
export function withoutForeignTokens(text: string, isPlain: boolean): string {
  const escaped = escapedIn(text);
  if (isPlain || !mayHide(text)) return escaped;
  const copy = scanCopy(escaped);
  const revealed = copy === escaped ? escaped : escapedIn(copy);
  return revealed === copy ? escaped : revealed;
}

function escapedIn(text: string): string {
  const marked = text.includes("[[") ? replacedIn(text, mark, escapedMark) : text;
  return marked.includes("@") ? replacedIn(marked, address, escapedAddress) : marked;
}

/** Brackets and the sign of addresses have few other forms. */
function mayHide(text: string): boolean {
  return (
    text.includes("[") || text.includes("@") || text.includes("\uff3b") || text.includes("\uff20")
  );
}

function replacedIn(text: string, sought: string, instead: string): string {
  const lower = text.replaceAll("\u0130", "I").toLowerCase();
  let replaced = "";
  let from = 0;
  for (let at = lower.indexOf(sought); at >= 0; at = lower.indexOf(sought, from)) {
    replaced += text.slice(from, at) + instead;
    from = at + sought.length;
  }
  return from === 0 ? text : replaced + text.slice(from);
}
