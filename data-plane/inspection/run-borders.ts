import { isWrittenLineEnd } from "./letter-runs.ts";

const equalsSign = 0x3d;

/** Not between the bytes of one character of UTF-8. */
export function endOfCharacter(bytes: Uint8Array, wanted: number, length: number): number {
  let end = wanted;
  while (end < length && end < wanted + 3 && ((bytes[end] as number) & 0xc0) === 0x80) end += 1;
  return Math.min(end, length);
}

export function endOfPadding(codes: Uint16Array, end: number): number {
  let last = end;
  while (last < end + 6 && codes[last] === equalsSign) last += 1;
  return last;
}

/** Whether between two runs stands a line end only, as a mail has it after 76 characters. */
export function isWrapped(codes: Uint16Array, lastEnd: number, start: number): boolean {
  if (lastEnd < 0 || start - lastEnd > 4) return false;
  let index = lastEnd;
  while (index < start) {
    if (isWrittenLineEnd(codes, index)) index += 2;
    else if (isBlank(codes[index] as number)) index += 1;
    else return false;
  }
  return index > lastEnd;
}

function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}
