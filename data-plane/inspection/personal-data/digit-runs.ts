import { blockLength, textTraits } from "../text-traits.ts";

/** Calls `onRun` with where each run of digits begins and ends, in order. `blocks`: the traits of the text's blocks, where they are known. */
export function eachDigitRun(
  text: string,
  blocks: readonly number[] | undefined,
  onRun: (start: number, end: number) => void,
): void {
  for (let at = 0; at < text.length; ) {
    const block = Math.floor(at / blockLength);
    const to = Math.min(text.length, (block + 1) * blockLength);
    if (blocks && ((blocks[block] as number) & textTraits.digit) === 0) {
      at = to;
      continue;
    }
    while (at < to && !isDigit(text.charCodeAt(at))) at += 1;
    if (at === to) continue;
    const start = at;
    while (isDigit(text.charCodeAt(at))) at += 1;
    onRun(start, at);
  }
}

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
