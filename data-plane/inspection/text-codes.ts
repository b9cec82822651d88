/** Behind the last character, so that whoever reads on finds an end and need not ask for it. */
const spare = 32;
const leastKept = 32_768;
/** Memory that is new is dear: that of the longest text is kept, up to so many characters. */
const mostKept = 1_048_576 + 65_536;
let scratch = Buffer.allocUnsafeSlow((leastKept + spare) * 2);

/**
 * The UTF-16 of a text, and zeros behind it: typed arrays are read several times as fast as strings. Good until the next call, since
 * all but very long texts are written to one place.
 */
export function codesOf(text: string): Uint16Array {
  const { length } = text;
  const buffer = roomFor(length);
  buffer.write(text, 0, "utf16le");
  buffer.fill(0, length * 2, (length + spare) * 2);
  return new Uint16Array(buffer.buffer, buffer.byteOffset, length + spare);
}

function roomFor(length: number): Buffer {
  const bytes = (length + spare) * 2;
  if (bytes <= scratch.length) return scratch;
  const room = Buffer.allocUnsafeSlow(bytes);
  if (length <= mostKept) scratch = room;
  return room;
}
