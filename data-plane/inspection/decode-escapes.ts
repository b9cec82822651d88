/** Percent escapes as UTF-8; what is no escape stays. */
export function decodePercent(run: string): string {
  const bytes = run.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** `\\u0041`, `\\u{41}` and `\\x41`; what is none stays. */
export function decodeEscapes(run: string): string {
  return run.replaceAll(
    /\\(?:u\{?([0-9A-Fa-f]{2,6})\}?|x([0-9A-Fa-f]{2}))/g,
    (whole, wide?: string, byte?: string) =>
      characterOf(Number.parseInt(wide ?? byte ?? "", 16), whole),
  );
}

/** `&#65;` and `&#x41;`; what is none stays. */
export function decodeEntities(run: string): string {
  return run.replaceAll(
    /&#(?:x([0-9A-Fa-f]{2,5})|(\d{1,6}));?/g,
    (whole, hex?: string, decimal?: string) =>
      characterOf(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16), whole),
  );
}

/** What stands under a number in Unicode. */
export function characterOf(code: number, otherwise: string): string {
  return code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : otherwise;
}
