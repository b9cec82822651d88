const leastRoom = 4_096;
/** Bytes. What is larger is not kept. */
const mostKept = 2_359_296;

/** Memory that is new is dear: one piece of it serves one text after the other. */
export class ReusedRoom {
  #kept: Buffer = Buffer.alloc(0);

  /** At least so many bytes, with whatever was written there before. Good until the next call. */
  of(bytes: number): Buffer {
    if (bytes <= this.#kept.length) return this.#kept;
    const room = Buffer.allocUnsafeSlow(Math.max(leastRoom, bytes));
    if (bytes <= mostKept) this.#kept = room;
    return room;
  }
}
