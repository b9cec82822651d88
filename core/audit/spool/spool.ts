import { type FileHandle, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readLines } from "./line.ts";
import {
  createSegment,
  listSegments,
  readStretch,
  removeSegment,
  type Segment,
  segmentAt,
} from "./spool-files.ts";

/** Records that were read, and where reading goes on when they have been taken. */
export interface SpoolBatch {
  readonly texts: readonly string[];
  readonly damaged: number;
  readonly next: Position;
}

interface Position {
  readonly segment: number;
  readonly offset: number;
}

export interface SpoolOptions {
  readonly folder: string;
  readonly maxBytes: number;
}

const mebibyte = 1024 * 1024;
const stretchBytes = 256 * 1024;
const segmentBytes = 16 * mebibyte;
/** No record is longer: its values are cut far below. */
const maxLineBytes = 64 * mebibyte;
const saveCursorEveryMs = 1_000;

/**
 * Records on disk, in the order in which they were made, until they have arrived elsewhere. Segments of one folder, which
 * one process writes; after its end another one reads them to their end. What was taken may be read again after a crash.
 */
export class Spool {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #segments: Segment[];
  #file: FileHandle | undefined;
  #cursor: Position;
  #cursorSavedAtMs = 0;

  private constructor(options: SpoolOptions, segments: Segment[], cursor: Position) {
    this.#folder = options.folder;
    this.#maxBytes = options.maxBytes;
    this.#segments = segments;
    this.#cursor = cursor;
  }

  /** Opens a folder, also one that a process left behind. */
  static async open(options: SpoolOptions): Promise<Spool> {
    const segments = await listSegments(options.folder);
    const cursor = await loadCursor(options.folder);
    return new Spool(options, segments, isWithin(cursor, segments) ? cursor : beginning);
  }

  /** Of all segments on disk. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Whether something has not been taken yet. */
  get isEmpty(): boolean {
    const last = this.#segments.at(-1);
    if (!last) return true;
    const { segment, offset } = this.#cursor;
    return segment > last.number || (segment === last.number && offset >= last.bytes);
  }

  /**
   * Resolves when the lines are on disk. Rejects when they are not, or may not be: then they are to be given again,
   * and begin a new segment, since nobody knows what the old one ends with.
   */
  async append(lines: Buffer): Promise<void> {
    if (this.bytes + lines.length > this.#maxBytes) {
      throw new Error(`the spool of audit records is full: ${this.#maxBytes} bytes wait for Redis`);
    }
    try {
      const file = await this.#fileFor(lines.length);
      await file.appendFile(lines);
      await file.datasync();
      const last = this.#segments.at(-1);
      if (last) last.bytes += lines.length;
    } catch (cause) {
      await this.#file?.close().catch(() => {});
      this.#file = undefined;
      await this.#forgetEmpty();
      throw new Error("audit records cannot be written to disk", { cause });
    }
  }

  /** The oldest records that were not taken, at least one if there is one; undefined when there is none. */
  async read(): Promise<SpoolBatch | undefined> {
    let damaged = 0;
    for (;;) {
      const segment = this.#segmentAtCursor();
      if (!segment) return undefined;
      const read = await this.#readAt(segment, this.#cursor.offset);
      damaged += read.damaged;
      const next = { segment: segment.number, offset: this.#cursor.offset + read.bytes };
      if (read.texts.length > 0) return { texts: read.texts, damaged, next };
      this.#cursor = next;
    }
  }

  /** Forgets what was taken. */
  async take({ next }: SpoolBatch): Promise<void> {
    this.#cursor = next;
    const isDue = performance.now() - this.#cursorSavedAtMs > saveCursorEveryMs;
    const done = this.#segments.filter(({ number }) => number < next.segment);
    if (!isDue && done.length === 0) return;
    // On a full disk the old cursor stays: what was taken since would be read once more.
    await this.#saveCursor().catch(() => {});
    for (const segment of done) {
      await removeSegment(segment);
      this.#segments.splice(this.#segments.indexOf(segment), 1);
    }
  }

  /** The last record, taken or not. */
  async last(): Promise<string | undefined> {
    for (const segment of [...this.#segments].reverse()) {
      let last: string | undefined;
      for (let offset = 0; offset < segment.bytes; ) {
        const read = await this.#readAt(segment, offset);
        last = read.texts.at(-1) ?? last;
        offset += read.bytes;
      }
      if (last !== undefined) return last;
    }
    return undefined;
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
    await this.#saveCursor().catch(() => {});
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #fileFor(bytes: number): Promise<FileHandle> {
    const last = this.#segments.at(-1);
    const limit = Math.min(segmentBytes, this.#maxBytes / 4);
    if (this.#file && last && (last.bytes === 0 || last.bytes + bytes <= limit)) return this.#file;
    await this.#file?.close();
    this.#file = undefined;
    const segment = segmentAt(this.#folder, (last?.number ?? 0) + 1);
    // Counts from the start, so that a try which fails halfway leaves its number unused.
    this.#segments.push(segment);
    this.#file = await createSegment(this.#folder, segment);
    return this.#file;
  }

  /** A disk that stays full would otherwise gather a file with each try. One that cannot be removed keeps its number. */
  async #forgetEmpty(): Promise<void> {
    const last = this.#segments.at(-1);
    if (last?.bytes !== 0) return;
    const isGone = await removeSegment(last).then(
      () => true,
      () => false,
    );
    if (isGone) this.#segments.pop();
  }

  /** The segment in which the next record lies; undefined when all were taken. */
  #segmentAtCursor(): Segment | undefined {
    const { segment, offset } = this.#cursor;
    const found = this.#segments.find(
      ({ number, bytes }) =>
        (number === segment && offset < bytes) || (number > segment && bytes > 0),
    );
    if (found && found.number !== segment) this.#cursor = { segment: found.number, offset: 0 };
    return found;
  }

  async #readAt(segment: Segment, offset: number) {
    const left = segment.bytes - offset;
    for (let size = stretchBytes; ; size *= 4) {
      const stretch = await readStretch(segment, offset, Math.min(size, left));
      const read = readLines(stretch);
      if (read.bytes > 0) return read;
      // Half a line at the end of a segment is what a crash left of a write that nobody was told of.
      if (stretch.length >= left || size > maxLineBytes)
        return { texts: [], bytes: left, damaged: 1 };
    }
  }

  async #saveCursor(): Promise<void> {
    const path = join(this.#folder, "cursor.json");
    await writeFile(`${path}.tmp`, JSON.stringify(this.#cursor), { mode: 0o600 });
    await rename(`${path}.tmp`, path);
    this.#cursorSavedAtMs = performance.now();
  }
}

/** Without a cursor everything is read again: harmless. */
async function loadCursor(folder: string): Promise<Position> {
  try {
    const { segment, offset } = JSON.parse(await readFile(join(folder, "cursor.json"), "utf8"));
    if (Number.isInteger(segment) && Number.isInteger(offset)) return { segment, offset };
  } catch {
    // Absent or torn.
  }
  return beginning;
}

const beginning: Position = { segment: 0, offset: 0 };

/** A cursor behind what there is would skip what has not arrived. */
function isWithin({ segment, offset }: Position, segments: readonly Segment[]): boolean {
  if (segment < 0 || offset < 0 || segment > (segments.at(-1)?.number ?? 0)) return false;
  const at = segments.find(({ number }) => number === segment);
  return !at || offset <= at.bytes;
}
