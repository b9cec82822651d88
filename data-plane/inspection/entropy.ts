const counts = new Uint32Array(256);
/** For each count what it takes off: logarithms would cost more than all the rest. */
const weights = Float64Array.from({ length: 1_024 }, (_, count) => weightOf(count));

function weightOf(count: number): number {
  return count === 0 ? 0 : count * Math.log2(count);
}

/** Shannon entropy in bits a character. Random base64 of 20 characters has about 4, words about 3. */
export function entropyOf(text: string): number {
  const { length } = text;
  if (length === 0) return 0;
  for (let index = 0; index < length; index += 1) {
    const slot = text.charCodeAt(index) & 0xff;
    counts[slot] = (counts[slot] as number) + 1;
  }
  return Math.log2(length) - (length < counts.length ? weightIn(text) : weightInAll()) / length;
}

/** Of the characters of a text, each once. */
function weightIn(text: string): number {
  let weight = 0;
  for (let index = 0; index < text.length; index += 1) {
    weight += takeWeight(text.charCodeAt(index) & 0xff);
  }
  return weight;
}

function weightInAll(): number {
  let weight = 0;
  for (let slot = 0; slot < counts.length; slot += 1) weight += takeWeight(slot);
  return weight;
}

/** And forgets the count. */
function takeWeight(slot: number): number {
  const count = counts[slot] as number;
  counts[slot] = 0;
  return count < weights.length ? (weights[count] as number) : weightOf(count);
}
