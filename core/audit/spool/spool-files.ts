import { type FileHandle, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** A segment on disk. */
export interface Segment {
  readonly number: number;
  readonly path: string;
  /** As far as it is known to be on disk. */
  bytes: number;
}

const pattern = /^(\d{10})\.log$/;

/** The segments that a folder holds, oldest first. */
export async function listSegments(folder: string): Promise<Segment[]> {
  const names = await readdir(folder);
  const numbers = names.flatMap((name) => pattern.exec(name)?.[1] ?? []).sort();
  return await Promise.all(
    numbers.map(async (digits) => {
      const path = join(folder, `${digits}.log`);
      return { number: Number(digits), path, bytes: (await stat(path)).size };
    }),
  );
}

export function segmentAt(folder: string, number: number): Segment {
  return { number, path: join(folder, `${String(number).padStart(10, "0")}.log`), bytes: 0 };
}

/** Creates the file of a segment, readable by its owner alone, and makes its name durable. */
export async function createSegment(folder: string, { path }: Segment): Promise<FileHandle> {
  const file = await open(path, "wx", 0o600);
  const directory = await open(folder, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
  return file;
}

export async function removeSegment({ path }: Segment): Promise<void> {
  await rm(path, { force: true });
}

/** At most so many bytes of a segment from an offset on. */
export async function readStretch(
  { path }: Segment,
  offset: number,
  maxBytes: number,
): Promise<Buffer> {
  const file = await open(path, "r");
  try {
    const buffer = Buffer.allocUnsafe(maxBytes);
    const { bytesRead } = await file.read(buffer, 0, maxBytes, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
