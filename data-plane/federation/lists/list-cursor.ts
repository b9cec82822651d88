/** Where the next page of a merged list begins. Agents only give it back. */
export function encodeCursor(method: string, offset: number): string {
  return Buffer.from(JSON.stringify([method, offset])).toString("base64url");
}

/** The offset; undefined when the cursor is not one of this list. */
export function decodeCursor(method: string, cursor: unknown): number | undefined {
  if (cursor === undefined) return 0;
  if (typeof cursor !== "string" || cursor.length > 200) return undefined;
  try {
    const [of, offset] = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    return of === method && Number.isSafeInteger(offset) && offset > 0 ? offset : undefined;
  } catch {
    return undefined;
  }
}
