import type { DescEnum } from "@bufbuild/protobuf";

/** The words that people write for an enum's values: ROLE_POLICY_ADMIN is `policy-admin`. */
export function wordsOf(desc: DescEnum): readonly string[] {
  return desc.values.filter((value) => value.number !== 0).map((value) => toWord(value.localName));
}

/** The word for a number. Undefined for 0 and for numbers that this release does not know. */
export function wordOf(desc: DescEnum, number: number): string | undefined {
  return number === 0 || !desc.value[number] ? undefined : toWord(desc.value[number].localName);
}

/** The number of a word, in kebab or camel case. */
export function numberOf(desc: DescEnum, word: string): number | undefined {
  const wanted = word.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
  return desc.values.find((value) => value.number !== 0 && toWord(value.localName) === wanted)
    ?.number;
}

function toWord(localName: string): string {
  return localName.toLowerCase().replaceAll("_", "-");
}
