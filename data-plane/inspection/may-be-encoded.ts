import { base64, hexadecimal, setsOf, spacedBytes } from "./letter-codes.ts";
import { leastRun } from "./letter-runs.ts";
import { leastSpaced } from "./spaced-bytes.ts";
import { hasSpacedGroups } from "./spaced-groups.ts";
import { longestOfOne, shortestLine } from "./wrapped-lines.ts";

/** In longer texts to look whether there is anything costs what it costs to look for it. */
const longestLookedAt = 2_048;

/** A quick look whether anything in a text may stand for something else: a long run of letters or digits, wrapped ones, or an escape. */
export function mayBeEncoded(text: string): boolean {
  return (
    text.length > longestLookedAt ||
    text.includes("\\") ||
    text.includes("&#") ||
    hasEscape(text, "%") ||
    hasEscape(text, "=") ||
    hasLongRun(text, base64.set, leastRun) ||
    hasLongRun(text, spacedBytes, leastSpaced) ||
    hasWrapped(text) ||
    hasSpacedGroups(text)
  );
}

/** A sign before two digits, before the letter of an old escape, or at the end of a line. */
function hasEscape(text: string, sign: string): boolean {
  for (let at = text.indexOf(sign); at >= 0; at = text.indexOf(sign, at + 1)) {
    const next = text.charCodeAt(at + 1);
    const isLetter = sign === "%" ? (next | 0x20) === 0x75 : next === 0x0a || next === 0x0d;
    const isByte = isIn(text, at + 1, hexadecimal.set) && isIn(text, at + 2, hexadecimal.set);
    if (isLetter || isByte) return true;
  }
  return false;
}

/** Looks backward from where a run would have to reach: words are short, so most of a text is never looked at. */
function hasLongRun(text: string, set: number, least: number): boolean {
  let start = 0;
  while (start + least <= text.length) {
    let last = start + least - 1;
    while (last >= start && isIn(text, last, set)) last -= 1;
    if (last < start) return true;
    start = last + 1;
  }
  return false;
}

/** Letters up to a line end, and behind it: of the same count in all of a line, or so many that they are hardly a word. */
function hasWrapped(text: string): boolean {
  if (text.length < leastRun) return false;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
    let end = at;
    while (end > 0 && text.charCodeAt(end - 1) <= 0x20) end -= 1;
    let first = end;
    while (first > 0 && isIn(text, first - 1, base64.set)) first -= 1;
    if (end - first >= shortestLine && goesOn(text, at + 1, end - first)) return true;
  }
  return false;
}

function goesOn(text: string, from: number, length: number): boolean {
  let start = from;
  while (start < text.length && text.charCodeAt(start) <= 0x20) start += 1;
  let end = start;
  while (end < text.length && isIn(text, end, base64.set)) end += 1;
  if (end === start || end - start > length) return false;
  return length >= longestOfOne || (end - start === length && !(text.charCodeAt(end) > 0x20));
}

function isIn(text: string, at: number, set: number): boolean {
  return ((setsOf[text.charCodeAt(at)] ?? 0) & set) !== 0;
}
