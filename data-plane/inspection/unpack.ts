import { gunzipSync, inflateRawSync, inflateSync, type ZlibOptions } from "node:zlib";
import { mayBeDeflated } from "./deflate-head.ts";

const headerOfGzip = 10;

/** What unpacking may cost one text. Honest texts hold a few packed runs; each attempt takes tens of microseconds. */
export class UnpackAllowance {
  attempts = 64;
  bytes = 1_048_576;
}

/** What gzip or zlib packed. "too much": there is more in the bytes than the allowance has left, as in a bomb. */
export function unpacked(
  packed: Uint8Array,
  allowance: UnpackAllowance,
): Buffer | "not packed" | "too much" {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  const ways = waysToUnpack(bytes);
  if (ways.length === 0) return "not packed";
  if (allowance.attempts === 0 || allowance.bytes === 0) return "too much";
  allowance.attempts -= 1;
  const options = { maxOutputLength: allowance.bytes, finishFlush: 2 };
  for (const unpack of ways) {
    try {
      const plain = unpack(options);
      allowance.bytes -= plain.length;
      return plain;
    } catch (error) {
      if (error instanceof RangeError) return "too much";
    }
  }
  return "not packed";
}

/**
 * What deflate packed without a head, as in requests of SAML. Bytes that look like it by chance are in many texts, so attempts are not
 * counted here: who asks counts what they cost.
 */
export function inflated(
  packed: Uint8Array,
  allowance: UnpackAllowance,
): Buffer | "not packed" | "too much" {
  if (allowance.bytes === 0) return "too much";
  try {
    const plain = inflateRawSync(packed, { maxOutputLength: allowance.bytes, finishFlush: 2 });
    allowance.bytes -= plain.length;
    return plain;
  } catch (error) {
    return error instanceof RangeError ? "too much" : "not packed";
  }
}

/** Whether what gzip or zlib packed begins with this byte. */
export function mayBePacked(firstByte: number): boolean {
  return firstByte === 0x1f || firstByte === 0x78;
}

/** Whether bytes begin as packed ones do, with a head or without. */
export function beginsPacked(bytes: Uint8Array): boolean {
  return waysToUnpack(Buffer.from(bytes)).length > 0 || mayBeDeflated(bytes);
}

/** None: the bytes do not begin as packed ones do. A broken header or sum hides nothing. */
function waysToUnpack(bytes: Buffer): readonly ((options: ZlibOptions) => Buffer)[] {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    const behindHeader = bytes.subarray(headerOfGzip);
    return [(it) => gunzipSync(bytes, it), (it) => inflateRawSync(behindHeader, it)];
  }
  const isZlib = bytes[0] === 0x78 && bytes.length > 1 && bytes.readUInt16BE(0) % 31 === 0;
  return isZlib ? [(it) => inflateSync(bytes, it)] : [];
}
