import { contradicts, isDeclaredText, isMostlyText, isText, sniff } from "./blob-kinds.ts";
import { holdsBlob } from "./opaque-fields.ts";
import type { Pointer } from "./value-walk.ts";

export interface BlobVisitor {
  /** As of a text visitor. */
  text(text: string, pointer: Pointer, key: string | undefined): string;
  /** It is something else than its MIME type says. */
  onContradiction(pointer: string): void;
}

/**
 * Looks at pictures, sounds and binary resources. What is text in truth, SVG and HTML among it, is looked through like any text, and
 * written again where that changes it; of the rest only the first bytes are held against what it is called.
 * Undefined: the field holds no blob.
 */
export function inspectBlob(
  key: string,
  holder: Readonly<Record<string, unknown>>,
  { pointer, visitor }: { readonly pointer: Pointer; readonly visitor: BlobVisitor },
): string | undefined {
  if (!holdsBlob(key, holder)) return undefined;
  const blob = String(holder[key]);
  const declared = typeOf(holder);
  // All of them: a few bytes of a picture may stand before any text.
  const bytes = Buffer.from(blob, "base64");
  const sniffed = sniff(bytes);
  const isTextual = isText(bytes);
  if (blob !== "" && contradicts(declared, { sniffed, isTextual })) {
    visitor.onContradiction(`${pointer}`);
  }
  const isRead = isDeclaredText(declared) || (sniffed === undefined && isMostlyText(bytes));
  const encoding = isTextual ? "utf8" : isRead ? encodingOf(bytes) : undefined;
  if (!encoding) return blob;
  const text = bytes.toString(encoding);
  const looked = visitor.text(text, pointer, undefined);
  return looked === text ? blob : Buffer.from(looked, encoding).toString("base64");
}

function typeOf({ mimeType }: Readonly<Record<string, unknown>>): string {
  return typeof mimeType === "string" ? (mimeType.split(";")[0] ?? "").trim().toLowerCase() : "";
}

/** Bytes that are called text and are no UTF-8: every one of them stays what it is. */
function encodingOf(bytes: Buffer): "utf16le" | "latin1" {
  const isWide = bytes.length % 2 === 0 && bytes[0] === 0xff && bytes[1] === 0xfe;
  return isWide ? "utf16le" : "latin1";
}
