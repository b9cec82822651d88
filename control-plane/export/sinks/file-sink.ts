import { constants } from "node:fs";
import { type FileHandle, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type OutgoingRecord, type RefusedRecord, type Sink, SinkFailure } from "./sink.ts";

export interface FileSinkOptions {
  readonly path: string;
  /** A file that has grown beyond this is put aside. */
  readonly maxBytes: number;
  /** So many files that were put aside are kept; 0 keeps all. */
  readonly keep: number;
}

const lineEnd = 0x0a;

/** Appends lines to a file, and says that it has them when the disk has. A full file becomes `<path>.<time>`. */
export class FileSink implements Sink {
  readonly name: string;
  readonly #options: FileSinkOptions;
  #file: FileHandle | undefined;
  /** Of whole lines. */
  #size = 0;
  /** A write that failed may have left half a line. */
  #isTorn = false;
  #rotations = 0;

  constructor(options: FileSinkOptions) {
    this.#options = options;
    this.name = `file ${options.path}`;
  }

  async send(records: readonly OutgoingRecord[]): Promise<readonly RefusedRecord[]> {
    try {
      const file = await this.#open();
      const bytes = Buffer.from(records.map(({ line }) => `${line}\n`).join(""));
      this.#isTorn = true;
      await writeAll(file, bytes, this.#size);
      await file.datasync();
      this.#isTorn = false;
      this.#size += bytes.length;
      if (this.#size >= this.#options.maxBytes) await this.#rotate();
      return [];
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code ?? "";
      throw new SinkFailure(`cannot write to ${this.#options.path} (${code})`, {
        kind: "away",
        cause,
      });
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async #open(): Promise<FileHandle> {
    if (this.#file && (await this.#wasMoved())) await this.close();
    this.#file ??= await this.#openAnew();
    if (this.#isTorn) await this.#file.truncate(this.#size);
    return this.#file;
  }

  /** Another program may put files aside, too. */
  async #wasMoved(): Promise<boolean> {
    const there = await stat(this.#options.path).catch(() => undefined);
    const own = await this.#file?.stat();
    return there?.ino !== own?.ino;
  }

  async #openAnew(): Promise<FileHandle> {
    const flags = constants.O_RDWR | constants.O_CREAT;
    const file = await open(this.#options.path, flags, 0o600);
    this.#size = await endOfLastLine(file);
    // What a crash left of a line: its record was not acknowledged and comes again.
    await file.truncate(this.#size);
    this.#isTorn = false;
    return file;
  }

  async #rotate(): Promise<void> {
    const { path } = this.#options;
    await this.close();
    const time = new Date().toISOString().replaceAll(":", "-");
    // Two may be full within a millisecond, and one must not take the other's place.
    this.#rotations += 1;
    const number = String(this.#rotations).padStart(6, "0");
    await rename(path, `${path}.${time}-${number}`);
    await this.#removeOldest();
  }

  async #removeOldest(): Promise<void> {
    const { path, keep } = this.#options;
    if (keep === 0) return;
    const folder = dirname(path);
    const prefix = `${basename(path)}.2`;
    const aside = (await readdir(folder)).filter((name) => name.startsWith(prefix)).sort();
    for (const name of aside.slice(0, Math.max(0, aside.length - keep))) {
      await rm(join(folder, name));
    }
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, at + written);
    written += bytesWritten;
  }
}

/** Where the last whole line ends. Lines have no bound, so it is looked for from the end, piece by piece. */
async function endOfLastLine(file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  const piece = Buffer.alloc(65_536);
  for (let end = size; end > 0; end -= Math.min(end, piece.length)) {
    const from = Math.max(0, end - piece.length);
    const { bytesRead } = await file.read(piece, 0, end - from, from);
    const at = piece.subarray(0, bytesRead).lastIndexOf(lineEnd);
    if (at >= 0) return from + at + 1;
  }
  return 0;
}
