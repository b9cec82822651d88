import { isProgram, isProgramAndWord } from "./shell-programs.ts";

/** What a value holds that only reads as a command once quotes, escapes and expansions are gone from its words. */
const disguised = /[^\s;|&()<>`]{0,64}(?:['"\\^]|\$[@*!?]|\$\(\)|``)[^\s;|&()<>`]{0,64}/g;
const maxWords = 48;

/**
 * Words of which nothing is left but a program's name when they are read as shells read them: w'h'o'am'i, c\at, n^et, /b\in/i""d.
 * Two quotes, or an escape behind the first letter, so that names such as O'Brien and \alpha are none.
 */
export function holdsDisguisedProgram(text: string): boolean {
  let left = maxWords;
  for (const [word] of text.matchAll(disguised)) {
    if (left === 0) return false;
    left -= 1;
    if (!breaksWord(word)) continue;
    const plain = word.replaceAll(/['"\\^]|\$[@*!?]|\$\(\)|``/g, "");
    const name = plain.slice(plain.lastIndexOf("/") + 1);
    if (isProgram(name) || isProgramAndWord(name)) return true;
  }
  return false;
}

/** Not C:\ls, where it is what separates names; not 'id', which is a word in quotes. */
function breaksWord(word: string): boolean {
  if (/^[a-z]:\\/i.test(word) || /^(['"])[^'"\\^$`]{1,64}\1$/.test(word)) return false;
  return /['"][^'"]{0,32}['"]|[\w/][\\^]\w|^@?[\\^]\w{1,2}[\\^]|^@\^|\$[@*!?]\w|\$\(\)\w|``\w/.test(
    word,
  );
}
