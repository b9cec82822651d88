/**
 * The end of what an upstream has said so far in one call, so that what it splits over several messages is found.
 * One for each call or stream; the inspector changes it.
 */
export interface Carry {
  tail: string;
}

/** No secret but a private key is longer, and no instruction needs more. */
const longestTail = 512;

/** The tail after this text, too. */
export function withText({ tail }: Carry, text: string): string {
  return (tail + text).slice(-longestTail);
}
