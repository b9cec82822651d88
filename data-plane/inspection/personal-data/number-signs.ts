/** What a character is to the numbers beside it, as bits. */
export const numberSigns = {
  digit: 1,
  letter: 2,
  /** Between the groups of a card. */
  separates: 4,
  blank: 8,
  thinBlank: 16,
  /** No card stands behind it. */
  precedes: 32,
  /** With a digit behind it, it makes what stands before it another number. */
  goesOn: 64,
} as const;

const { digit, letter, separates, blank, thinBlank, precedes, goesOn } = numberSigns;

/** For each unit its bits. */
export const signsOf = new Uint8Array(65_536);
const mark = (characters: string, bits: number) => {
  for (const it of characters) signsOf[it.charCodeAt(0)] = bits;
};
mark("0123456789", digit);
mark("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", letter | precedes);
mark("_#", precedes);
mark(",", precedes | goesOn);
mark(".-", separates | precedes | goesOn);
mark(" \u00a0", separates | blank);
mark("\u2007\u2009\u202f", separates | thinBlank);
mark("\u2010\u2011\u2013", separates);

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
