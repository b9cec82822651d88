const counts = new Uint16Array(256);

/** Shannon entropy in bits a character. Random base64 of 20 characters has about 4, words about 3. */
export function entropyOf(text: string): number {
  const { length } = text;
  for (let index = 0; index < length; index += 1) {
    const slot = text.charCodeAt(index) & 0xff;
    counts[slot] = (counts[slot] as number) + 1;
  }
  let bits = 0;
  for (let index = 0; index < length; index += 1) {
    const slot = text.charCodeAt(index) & 0xff;
    const count = counts[slot] as number;
    if (count === 0) continue;
    bits -= (count / length) * Math.log2(count / length);
    counts[slot] = 0;
  }
  return bits;
}
