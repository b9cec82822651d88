import type { ArgumentKindName } from "../../../core/policy/compiled-scanning.ts";
import { decodeEntities, decodeEscapes, decodePercent } from "../decode-escapes.ts";
import { isPlainAscii } from "../hidden-characters.ts";
import { scanCopy } from "../scan-copy.ts";

const maxRounds = 2;

/**
 * A value as it is written, and as those read it who decode it once or twice, do not see what is invisible and take
 * look-alikes for letters. Nearly every value has one form. Nobody decodes statements and command lines before they run.
 */
export function formsOf(value: string, kind: ArgumentKindName): readonly string[] {
  const isAscii = isPlainAscii(value);
  const seen = isAscii ? value : scanCopy(value);
  const mayBeEncoded =
    kind !== "sql" && kind !== "shell" && /%u?[0-9a-f]{2}|\\[ux]|&#|&[a-z]{2,7};/i.test(seen);
  if (isAscii && !mayBeEncoded) return [value];
  const forms = new Set([value, seen]);
  for (let round = 0; mayBeEncoded && round < maxRounds; round += 1) {
    for (const form of [...forms]) {
      const decoded = decodeOnce(form);
      forms.add(decoded).add(scanCopy(decoded));
    }
  }
  return [...forms];
}

function decodeOnce(text: string): string {
  const plain = text.includes("%") ? decodePercent(text.replaceAll(wide, "\\u$1")) : text;
  const unescaped = plain.includes("\\") ? decodeEscapes(plain) : plain;
  const numbered = unescaped.includes("&#") ? decodeEntities(unescaped) : unescaped;
  return numbered.includes(";") ? numbered.replaceAll(named, spellNamed) : numbered;
}

/** As old servers of Windows write what is beyond Latin: %u000a. */
const wide = /%u([0-9a-f]{4})/gi;
/** Entities of characters that mean something to those who read a value. */
const named = /&(lt|gt|quot|apos|amp|tab|newline|colon|lpar|rpar|sol|lbrace|rbrace|dollar);/gi;
const spelled: ReadonlyMap<string, string> = new Map(
  Object.entries({
    lt: "<",
    gt: ">",
    quot: '"',
    apos: "'",
    amp: "&",
    tab: "\t",
    newline: "\n",
    colon: ":",
    lpar: "(",
    rpar: ")",
    sol: "/",
    lbrace: "{",
    rbrace: "}",
    dollar: "$",
  }),
);

function spellNamed(entity: string, name: string): string {
  return spelled.get(name.toLowerCase()) ?? entity;
}
