import { pairs, unitOfPair } from "./copied-units.ts";

const asText = 0xfe0e;
const asEmoji = 0xfe0f;
const joiner = 0x200d;
/** As many as stand one behind the other in an emoji. */
const mostJoins = 2;

/** Signs of the first plane that emoji are made of, but for those that are letters or digits in another form. */
const signs: readonly (readonly [from: number, to: number])[] = [
  [0x2190, 0x21ff],
  [0x2300, 0x23ff],
  [0x25a0, 0x27bf],
  [0x2900, 0x297f],
  [0x2b00, 0x2bff],
];
const isSign = new Uint8Array(65_536);
for (const [from, to] of signs) isSign.fill(1, from, to + 1);

/**
 * Whether a unit that is not seen joins an emoji, or tells how to show it: without it no letters come to stand together that did not
 * before, so that nothing is hidden by it.
 */
export function joinsEmoji(units: Uint16Array, index: number): boolean {
  if (!isJoin(units[index] as number)) return false;
  let at = index - 1;
  for (let count = 0; count < mostJoins && at > 0 && isJoin(units[at] as number); count += 1) {
    at -= 1;
  }
  return at >= 0 && endsSign(units, at);
}

function isJoin(unit: number): boolean {
  return unit === asEmoji || unit === joiner || unit === asText;
}

function endsSign(units: Uint16Array, at: number): boolean {
  const unit = units[at] as number;
  if (isSign[unit] === 1) return true;
  const first = at > 0 ? (units[at - 1] as number) : 0;
  const isOfEmoji = first >= 0xd83c && first <= 0xd83e && (unit & 0xfc00) === 0xdc00;
  return isOfEmoji && unitOfPair(first, unit) === pairs.asItIs;
}
