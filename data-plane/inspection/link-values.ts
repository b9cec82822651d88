/** What a character is to the parts of an address, as bits. */
const endsPath = 1;
const endsQuery = 2;
const beginsQuery = 4;
const opens = 8;
const joins = 16;
const capital = 32;
const kindOf = new Uint8Array(128);
const mark = (characters: string, bits: number) => {
  for (const it of characters) kindOf[it.charCodeAt(0)] = bits;
};
mark("/", endsPath);
mark("?", endsPath | beginsQuery);
mark("#", endsPath | endsQuery | beginsQuery);
mark("&", endsQuery);
mark("{[<$", opens);
mark("_-+", joins);
// The last of "BASE64", too.
mark("ABCDEFGHIJKLMNOPQRSTUVWXYZ4", capital);

const percent = 0x25;
const equals = 0x3d;
const hash = 0x23;

/** The shortest sentence that carries something, and what else does. */
const leastSentence = 24;
const leastValue = 28;

/**
 * A quick look at an address, which takes nothing apart: whether it has room for a placeholder, or a part or value as long as those
 * that carry something. It may err toward yes.
 */
export function mayCarryData(text: string, start: number, end: number): boolean {
  return mayHoldPlaceholder(text, start, end) || hasLongPart(text, start, end);
}

/** Letters beyond ASCII are written otherwise in a host's name, and may be more. */
function mayHoldPlaceholder(text: string, start: number, end: number): boolean {
  let last = 0;
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    const kind = code < 128 ? (kindOf[code] as number) : opens;
    if (kind === opens || (kind === joins && last === capital)) return true;
    if (code === percent && /[57]/.test(text.charAt(at + 1))) return true;
    last = kind;
  }
  return false;
}

function hasLongPart(text: string, start: number, end: number): boolean {
  let part = start;
  let ends = endsPath;
  for (let at = start; at <= end; at += 1) {
    const code = at < end ? text.charCodeAt(at) : hash;
    const kind = (kindOf[code] ?? 0) & (ends | beginsQuery);
    if ((kind & ends) === 0) continue;
    if (at - part >= leastSentence && isLong(text, part, at, ends === endsQuery)) return true;
    if ((kind & beginsQuery) !== 0) ends = endsQuery;
    part = at + 1;
  }
  return false;
}

/** A name without a value is one. */
function isLong(text: string, start: number, end: number, hasName: boolean): boolean {
  let from = start;
  while (hasName && from < end && text.charCodeAt(from) !== equals) from += 1;
  from = from < end - 1 && hasName ? from + 1 : start;
  if (end - from >= leastValue) return true;
  return end - from >= leastSentence && /[+%]/.test(text.slice(from, end));
}
