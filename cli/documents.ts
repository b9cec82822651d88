import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { CliError, failed } from "./errors.ts";
import { maxDocumentBytes } from "./manifest/manifest.ts";

/** Reads a policy document from a file, or from stdin for `-`. Never more than a policy may have. */
export async function readDocument(file: string): Promise<string> {
  try {
    const bytes = await readUpTo(
      maxDocumentBytes,
      file === "-" ? process.stdin : createReadStream(file),
    );
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    const { code, name } = cause as NodeJS.ErrnoException;
    if (name === "TypeError") {
      throw failed(`${nameOf(file)} is not UTF-8 text.`, { cause });
    }
    const why = code === "ENOENT" ? "no such file" : code;
    throw failed(`cannot read ${nameOf(file)} (${why}).`, { cause });
  }
}

/** What messages call the document. */
export function nameOf(file: string): string {
  return file === "-" ? "stdin" : file;
}

async function readUpTo(maxBytes: number, source: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > maxBytes) throw failed("the document is larger than 1 MiB.");
  }
  return Buffer.concat(chunks);
}
