/** Of signs beyond Latin-1 what is written in their place. 0: a letter, or what may be a part of one. */
const narrowOf = new Uint8Array(65_536);

const anySign = 0xb7;
for (let code = 0; code < 0x100; code += 1) narrowOf[code] = code;
/** Punctuation, currencies, arrows, mathematical signs, boxes, pictures; halves of emoji. */
const signs: readonly (readonly [from: number, to: number])[] = [
  [0x2000, 0x206f],
  [0x20a0, 0x20cf],
  [0x2190, 0x245f],
  [0x2500, 0x2bff],
  [0xd83c, 0xd83e],
  [0xdc00, 0xdfff],
  [0xfe0e, 0xfe0f],
];
for (const [from, to] of signs) narrowOf.fill(anySign, from, to + 1);
for (const [narrow, wide] of [
  [
    " ",
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\ufeff",
  ],
  ["\n", "\u2028\u2029"],
  ["'", "\u2018\u2019\u201a\u201b"],
  ['"', "\u201c\u201d\u201e\u201f"],
  ["-", "\u2010\u2011\u2012\u2013\u2014\u2015"],
  [":", "\uff1a"],
] as const) {
  for (const sign of wide) narrowOf[sign.charCodeAt(0)] = narrow.charCodeAt(0);
}

/**
 * The same text with plain signs in place of those beyond Latin-1, each in its place, unless there are letters beyond it, too.
 * Patterns read such a text several times faster: one sign beyond it makes all of a text wide.
 */
export function narrowed(text: string): string {
  const { length } = text;
  const bytes = Buffer.allocUnsafe(length);
  for (let index = 0; index < length; index += 1) {
    const narrow = narrowOf[text.charCodeAt(index)] as number;
    if (narrow === 0) return text;
    bytes[index] = narrow;
  }
  return bytes.toString("latin1");
}
