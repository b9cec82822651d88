import { isUtf8 } from "node:buffer";

interface Magic {
  /** As a MIME type begins. */
  readonly type: string;
  readonly at?: number;
  readonly bytes: Buffer;
}

const magic = (type: string, bytes: string, at = 0): Magic => ({
  type,
  at,
  bytes: Buffer.from(bytes, "latin1"),
});

/** By what files of a type begin; of several that fit, the first. */
const magics: readonly Magic[] = [
  magic("image/png", "\x89PNG\r\n\x1a\n"),
  magic("image/jpeg", "\xff\xd8\xff"),
  magic("image/gif", "GIF87a"),
  magic("image/gif", "GIF89a"),
  magic("image/webp", "WEBP", 8),
  magic("image/tiff", "II*\0"),
  magic("image/tiff", "MM\0*"),
  magic("image/avif", "ftypavif", 4),
  magic("image/heic", "ftyphei", 4),
  magic("image/heic", "ftypmif1", 4),
  magic("image/bmp", "BM"),
  magic("audio/wav", "WAVE", 8),
  magic("audio/mpeg", "ID3"),
  magic("audio/flac", "fLaC"),
  magic("audio/ogg", "OggS"),
  magic("audio/mp4", "ftypM4A", 4),
  magic("video/mp4", "ftyp", 4),
  magic("video/webm", "\x1aE\xdf\xa3"),
  magic("application/pdf", "%PDF-"),
  magic("application/zip", "PK\x03\x04"),
  magic("application/gzip", "\x1f\x8b"),
  magic("application/x-executable", "\x7fELF"),
  magic("application/x-executable", "MZ"),
];

/** Such as a document of an office, which is a zip. */
const containers = /^application\/(?:zip|gzip|x-executable)$/;
/** Types that hold others, or go by several names. */
const sameFamily: Readonly<Record<string, RegExp>> = {
  "image/heic": /^image\/hei[cf]/,
  "audio/wav": /^audio\/(?:x-|vnd\.)?wave?$/,
  "audio/mpeg": /^audio\/(?:mpeg|mp3)$/,
  "audio/flac": /^audio\/(?:x-)?flac$/,
  "audio/ogg": /^(?:audio|video|application)\/(?:ogg|opus)/,
  "audio/mp4": /^(?:audio|video)\//,
  "video/mp4": /^(?:audio|video)\//,
  "video/webm": /^(?:audio|video)\//,
  "image/bmp": /^image\/(?:x-)?(?:ms-)?bmp$/,
};

const declaredText =
  /^text\/|[+/](?:xml|json|yaml|javascript|ecmascript|html|toml|csv|sql|graphql|x-sh)$/;

/** What the first bytes say of the type; undefined: nothing that is known here. */
export function sniff(head: Buffer): string | undefined {
  return magics.find(({ at = 0, bytes }) => head.subarray(at, at + bytes.length).equals(bytes))
    ?.type;
}

export function isDeclaredText(declared: string): boolean {
  return declaredText.test(declared);
}

/** Text all the same, whatever it is called: it can be read without knowing any format. */
export function isText(bytes: Buffer): boolean {
  return bytes.length > 0 && isUtf8(bytes) && !bytes.includes(0);
}

/** Text that is damaged: whoever reads it skips the rest. */
export function isMostlyText(bytes: Buffer): boolean {
  const head = bytes.subarray(0, 1_024);
  const printable = head.filter(
    (byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte < 127),
  );
  return head.length > 0 && printable.length >= head.length * 0.85;
}

/**
 * Whether bytes are something else than they are called: a picture that is none, a text that is a program. What nobody says and
 * formats that are not known here are no contradiction.
 */
export function contradicts(
  declared: string,
  { sniffed, isTextual }: { readonly sniffed: string | undefined; readonly isTextual: boolean },
): boolean {
  if (declared === "" || declared === "application/octet-stream") return false;
  if (sniffed === undefined) {
    const known = magics.some(({ type }) => type === declared || sameFamily[type]?.test(declared));
    return (
      known || (isTextual && /^(?:image|audio|video)\//.test(declared) && !isDeclaredText(declared))
    );
  }
  if (declared === sniffed || sameFamily[sniffed]?.test(declared)) return false;
  // Two letters begin many a text.
  if (isTextual && isDeclaredText(declared)) return false;
  if (containers.test(sniffed)) return !declared.startsWith("application/");
  return true;
}
