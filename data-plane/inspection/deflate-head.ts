/** Shorter ones hold no text that is worth it. */
const leastPacked = 12;
/** Of a block in fixed codes so many symbols are read: of bytes that were not packed next to none has so many that can be. */
const symbolsRead = 12;

/** How a block is packed (RFC 1951, section 3.2.3). What is not packed at all is read as it stands. */
const fixedCodes = 1;
const ownCodes = 2;
const mostLengths = 286;
const mostDistances = 30;

const endOfBlock = 256;
/** Of each symbol from 257 on the least length it stands for, and how many bits behind it make it longer. */
const bitsOfLengths = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];

/**
 * Whether bytes may be what deflate made (RFC 1951), without the head of gzip or zlib: of its first block the codes must be whole,
 * or the first symbols text. Quick, and seldom wrong: to try costs tens of microseconds.
 */
export function mayBeDeflated(bytes: Uint8Array): boolean {
  if (bytes.length < leastPacked) return false;
  const kind = ((bytes[0] as number) >> 1) & 3;
  if (kind === ownCodes) return hasWholeCode(new Bits(bytes, 3));
  return kind === fixedCodes && beginsWithText(new Bits(bytes, 3));
}

/** From the lowest bit of the first byte on. Behind the end all are zero. */
class Bits {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** A number: the lowest bit comes first. */
  number(count: number): number {
    let value = 0;
    for (let bit = 0; bit < count; bit += 1) value |= this.#next() << bit;
    return value;
  }

  /** A part of a code: the highest bit comes first. */
  code(count: number): number {
    let value = 0;
    for (let bit = 0; bit < count; bit += 1) value = (value << 1) | this.#next();
    return value;
  }

  #next(): number {
    const byte = this.#bytes[this.#at >> 3] ?? 0;
    const bit = (byte >> (this.#at & 7)) & 1;
    this.#at += 1;
    return bit;
  }
}

/** Section 3.2.7: the code for the lengths of the other codes must leave nothing out, and have nothing twice. */
function hasWholeCode(bits: Bits): boolean {
  if (bits.number(5) + 257 > mostLengths || bits.number(5) + 1 > mostDistances) return false;
  const count = bits.number(4) + 4;
  const whole = 128;
  let taken = 0;
  for (let index = 0; index < count && taken <= whole; index += 1) {
    const length = bits.number(3);
    if (length > 0) taken += whole >> length;
  }
  return taken === whole;
}

/** Section 3.2.6. What is repeated must have been there. */
function beginsWithText(bits: Bits): boolean {
  let length = 0;
  for (let read = 0; read < symbolsRead; read += 1) {
    const symbol = fixedSymbol(bits);
    if (symbol === endOfBlock) return length >= leastPacked;
    if (symbol < endOfBlock) {
      if (!isText(symbol)) return false;
      length += 1;
    } else {
      const repeated = repeatedIn(bits, symbol, length);
      if (repeated === 0) return false;
      length += repeated;
    }
  }
  return true;
}

function fixedSymbol(bits: Bits): number {
  const seven = bits.code(7);
  if (seven < 0b0011000) return endOfBlock + seven;
  const eight = (seven << 1) | bits.code(1);
  if (eight < 0b11000000) return eight - 0b00110000;
  if (eight < 0b11001000) return eight - 0b11000000 + 280;
  return ((eight << 1) | bits.code(1)) - 0b110010000 + 144;
}

/** How many characters at least. 0: so far back there are none. */
function repeatedIn(bits: Bits, symbol: number, length: number): number {
  const more = bitsOfLengths[symbol - endOfBlock - 1];
  if (more === undefined) return 0;
  bits.number(more);
  const code = bits.code(5);
  if (code >= mostDistances) return 0;
  const extra = code < 4 ? 0 : (code >> 1) - 1;
  const base = code < 4 ? code + 1 : ((2 + (code & 1)) << extra) + 1;
  return base + bits.number(extra) <= length ? 3 : 0;
}

function isText(byte: number): boolean {
  return byte >= 0x20 ? byte !== 0x7f : byte === 9 || byte === 10 || byte === 13;
}
