import { type Escape, escapeAt, lengthOf, noEscape, noPoint, pointOf } from "./read-escape.ts";
import { codesOf } from "./text-codes.ts";

/** Percent escapes as UTF-8; what is no escape stays. */
export function decodePercent(text: string): string {
  return decoded(text, "%");
}

/** `\\u0041`, `\\u{41}`, `\\U00000041`, `\\x41` and `\\101`; what is none stays. */
export function decodeEscapes(text: string): string {
  return decoded(text, "\\");
}

/** `&#65;` and `&#x41;`; what is none stays. */
export function decodeEntities(text: string): string {
  return decoded(text, "&#");
}

/** Without the escapes that begin so. */
function decoded(text: string, sign: string): string {
  const codes = codesOf(text);
  let plain = "";
  let from = 0;
  for (let at = text.indexOf(sign); at >= 0; at = text.indexOf(sign, at)) {
    const found = escapeAt(codes, at);
    const end = at + Math.max(1, lengthOf(found));
    if (found !== noEscape) {
      plain += text.slice(from, at) + characterOf(found);
      from = end;
    }
    at = end;
  }
  return plain + text.slice(from);
}

function characterOf(found: Escape): string {
  const point = pointOf(found);
  return point === noPoint ? "" : String.fromCodePoint(point);
}
