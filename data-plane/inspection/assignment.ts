const longestName = 64;
const equals = 0x3d;
const colon = 0x3a;
const greater = 0x3e;

/** What ends a value, whatever the rule. */
const endsValue = new Uint8Array(128);
for (const character of "\t\n\v\f\r \"'`\\,;<>(){}[]|&=") endsValue[character.charCodeAt(0)] = 1;
/** What may stand between the sign and the value. */
const isBetween = new Uint8Array(128);
for (const character of "\t\n\v\f\r \"'`\\") isBetween[character.charCodeAt(0)] = 1;
const longestBetween = 6;

/**
 * A quick look whether a name that begins here is given a value of so many characters. It may err toward yes: the pattern
 * decides, and costs ten times as much.
 */
export function isAssignedAt(text: string, at: number, leastValue: number): boolean {
  const sign = signAfter(text, at);
  if (sign < 0) return false;
  const next = text.charCodeAt(sign + 1);
  const isLong = next === equals || (next === greater && text.charCodeAt(sign) === equals);
  let index = sign + (isLong ? 2 : 1);
  const lastBetween = index + longestBetween;
  while (index < lastBetween && isBetween[text.charCodeAt(index)] === 1) index += 1;
  const end = index + leastValue;
  for (; index < end; index += 1) {
    const code = text.charCodeAt(index);
    // There are blanks beyond ASCII, too.
    if (code > 127) return true;
    if (endsValue[code] !== 0) return false;
  }
  return true;
}

function signAfter(text: string, at: number): number {
  const end = Math.min(text.length, at + longestName);
  for (let index = at; index < end; index += 1) {
    const code = text.charCodeAt(index);
    if (code === equals || code === colon) return index;
  }
  return -1;
}
