const counts = new Uint16Array(256);

/** Shannon entropy in bits a character. Random base64 of 20 characters has about 4, words about 3. */
export function entropyOf(text: string): number {
  counts.fill(0);
  for (let index = 0; index < text.length; index += 1) {
    const slot = text.charCodeAt(index) & 0xff;
    counts[slot] = (counts[slot] as number) + 1;
  }
  let bits = 0;
  for (const count of counts) {
    if (count > 0) bits -= (count / text.length) * Math.log2(count / text.length);
  }
  return bits;
}
