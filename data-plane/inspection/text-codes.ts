import { ReusedRoom } from "./reused-room.ts";

/** Behind the last character, so that whoever reads on finds an end and need not ask for it. */
const spare = 32;
const room = new ReusedRoom();

/**
 * The UTF-16 of a text, and zeros behind it: typed arrays are read several times as fast as strings. Good until the next call, since
 * all but very long texts are written to one place.
 */
export function codesOf(text: string): Uint16Array {
  const length = text.length + spare;
  const buffer = room.of(length * 2);
  buffer.write(text, 0, "utf16le");
  buffer.fill(0, text.length * 2, length * 2);
  return new Uint16Array(buffer.buffer, buffer.byteOffset, length);
}
