/** How large a batch may be. One record alone may be larger. */
export interface BatchSize {
  readonly records: number;
  readonly bytes: number;
}

/** Cuts a list into batches, in its order. `bytesOf` says how large an item is. */
export function toBatches<Item>(
  items: readonly Item[],
  size: BatchSize,
  bytesOf: (item: Item) => number,
): Item[][] {
  const batches: Item[][] = [];
  let batch: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    const itemBytes = bytesOf(item);
    if (batch.length > 0 && (batch.length >= size.records || bytes + itemBytes > size.bytes)) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += itemBytes;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
