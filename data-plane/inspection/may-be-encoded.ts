/** Shorter runs of letters are not decoded. */
const leastRun = 24;

/** Of letters that stand for bytes in any of the ways that are read: base64, base32 and hexadecimal. */
const isLetter = new Uint8Array(65_536);
for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-") {
  isLetter[letter.charCodeAt(0)] = 1;
}

const beginsEscape = /%[0-9A-Fa-fUu]|\\|&#/;

/** A quick look whether anything in a text may stand for something else: a long run of letters, or an escape. */
export function mayBeEncoded(text: string): boolean {
  return beginsEscape.test(text) || hasLongRun(text);
}

/** Looks backward from where a run would have to reach: words are short, so most of a text is never looked at. */
function hasLongRun(text: string): boolean {
  let start = 0;
  while (start + leastRun <= text.length) {
    let last = start + leastRun - 1;
    while (last >= start && isLetter[text.charCodeAt(last)] === 1) last -= 1;
    if (last < start) return true;
    start = last + 1;
  }
  return false;
}
