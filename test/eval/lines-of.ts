import { closeSync, openSync, readSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";

const chunkBytes = 1_048_576;
/** A record that is longer is no sample. */
const longestLine = 64 * 1_048_576;

/** The lines of a file, one after the other: no file is too large to be read. Throws for a line of more than 64 MiB. */
export function* linesOf(file: string): Generator<string> {
  const descriptor = openSync(file, "r");
  const decoder = new StringDecoder("utf8");
  const chunk = Buffer.alloc(chunkBytes);
  let rest = "";
  try {
    for (let read = readSync(descriptor, chunk); read > 0; read = readSync(descriptor, chunk)) {
      const parts = decoder.write(chunk.subarray(0, read)).split("\n");
      parts[0] = rest + parts[0];
      rest = parts.pop() ?? "";
      if (rest.length > longestLine) throw new Error(`${file}: a line is longer than 64 MiB`);
      yield* parts;
    }
    yield rest + decoder.end();
  } finally {
    closeSync(descriptor);
  }
}
