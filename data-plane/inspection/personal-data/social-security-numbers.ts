/** Of the United States: nine digits, in groups or not. What it matches is a number only where {@link ssnIn} says so. */
export const ssnPattern =
  /(?<![\w.,/-]|\d[ \u00a0])\d{3}([- \u00a0\u2010\u2011\u2013]?)\d{2}\1\d{4}(?![\w]|[-.,/]\d)/y;

/** Numbers that were never given out, or mean nobody (SSA): area 000, 666 and 9xx, group 00, serial 0000. */
const neverIssued = /^(?:000|666|9)|^...00|0000$|^(?:078051120|219099999)$/;
/** Everybody's example: one where it is called so. */
const sampleNumber = "123456789";
const namesSsn = /\bssn|social.{0,3}security|\bss#|tax.?(?:payer)?.?id|\bitin\b/i;
const namesPart =
  /(?:part|sku|model|order|invoice|serial|item|ref|case|ticket)\W{0,2}(?:no|nr|number|id)?[\s.:#]{0,3}$/i;

/** The digits of a number that was given out, where its dashes or the words around say so. */
export function ssnIn(match: string, text: string, start: number): string | undefined {
  const digits = match.replaceAll(/\D/g, "");
  if (neverIssued.test(digits)) return undefined;
  const before = text.slice(Math.max(0, start - 80), start);
  const isPlain = digits.length === match.length;
  const isNamed = namesSsn.test(
    isPlain ? before.slice(-32) : before + text.slice(start, start + 35),
  );
  // Without dashes it is a shape that many numbers have.
  const needsName =
    !/[-\u2010\u2011\u2013]/.test(match) || digits === sampleNumber || namesPart.test(before);
  return needsName && !isNamed ? undefined : digits;
}
