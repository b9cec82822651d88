import { gramLength } from "./shingles.ts";

/** Nine of ten pairs of letters in English prose are among these: for each first letter the second ones. */
const ordinary =
  "aabcdgilmnprstuvwy baeijloruy cacehiklortu dabdefhilorstuy eabcdefgilmnoprstuvwxy faefiort gaehiorstu haeiort " +
  "iacdefgklmnoprstv jeou kaei labdeilmopstuy mabeiopy nacdefgimnostuwy oabcdfgijlmnoprstuvw paehilorst qu racdegiklmnoprstuy " +
  "sabcdefghilmnopstuw tabcdefhilmoprstuwy uabceilmnprst vaei waehio yaceopst";

/** How unlike words a pair of letters and digits is: 2 for letters that do not go together, and a digit beside a letter. */
const oddness = new Uint8Array(128 * 128);
const alphanumeric = "abcdefghijklmnopqrstuvwxyz0123456789";
for (const first of alphanumeric) {
  const usual = ordinary.split(" ").find((it) => it.startsWith(first)) ?? "";
  for (const second of alphanumeric) {
    const digits = Number(first <= "9") + Number(second <= "9");
    const isUsual = digits === 0 && usual.includes(second, 1);
    oddness[first.charCodeAt(0) * 128 + second.charCodeAt(0)] = digits === 2 ? 1 : isUsual ? 0 : 2;
  }
}

const leastOddness = 11;
/** A date and time has three: between digits and T, and Z. */
const leastOddPairs = 4;

/**
 * The stretches of a folded text in which every twelve letters and digits look like a part of a key, a token or a digest
 * rather than of words, numbers or dates. What they look like depends on nothing around them.
 */
export function tokenStretches(
  units: Uint16Array,
  start: number,
  end: number,
): readonly (readonly [number, number])[] {
  const stretches: [number, number][] = [];
  let sum = 0;
  let odd = 0;
  let last: [number, number] | undefined;
  for (let index = start + 1; index < end; index += 1) {
    const entered = oddnessAt(units, index);
    const left = index - start < gramLength ? 0 : oddnessAt(units, index - gramLength + 1);
    sum += entered - left;
    odd += (entered >> 1) - (left >> 1);
    if (sum < leastOddness || odd < leastOddPairs || index - start < gramLength - 1) continue;
    if (last?.[1] === index) last[1] = index + 1;
    else {
      last = [index - gramLength + 1, index + 1];
      stretches.push(last);
    }
  }
  return stretches;
}

/** Whether a whole run is rather a token than words, though none of its parts is odd enough by itself. */
export function isOddAsAWhole(units: Uint16Array, start: number, end: number): boolean {
  let sum = 0;
  let odd = 0;
  for (let index = start + 1; index < end; index += 1) {
    const here = oddnessAt(units, index);
    sum += here;
    odd += here >> 1;
  }
  return odd >= leastOddPairs && sum * 4 >= (end - start - 1) * 3;
}

function oddnessAt(units: Uint16Array, index: number): number {
  const first = units[index - 1] as number;
  const second = units[index] as number;
  return first < 128 && second < 128 ? (oddness[first * 128 + second] as number) : 0;
}
