import { expect, it } from "vitest";
import { bitsOfSlot, hashOfWord, slotOf, slotOfPair } from "./word-slots.ts";

// The number is the one of FNV-1a (RFC 9923).
it("a word has the same number in every process, since what was learned is kept by it", () => {
  expect(hashOfWord("ignore")).toBe(2_118_064_195);
  expect(slotOf(hashOfWord("ignore"))).toBe(slotOf(2_118_064_195));
});

it("all numerals are one word, and letters beyond the 24th tell nothing", () => {
  expect(hashOfWord("2026")).toBe(hashOfWord("7"));
  expect(hashOfWord("a1b22")).toBe(hashOfWord("a9b3"));
  expect(hashOfWord("a1b22")).not.toBe(hashOfWord("ab"));
  expect(hashOfWord(`${"x".repeat(24)}y`)).toBe(hashOfWord("x".repeat(30)));
});

it("a pair of words is not the pair in the other order, and every slot is one of the table", () => {
  const [one, other] = [hashOfWord("your"), hashOfWord("instructions")];
  expect(slotOfPair(one, other)).not.toBe(slotOfPair(other, one));
  for (let number = 0; number < 10_000; number += 1) {
    const slot = slotOfPair(number, hashOfWord(`word${number}x`));
    expect(slot).toBeGreaterThanOrEqual(0);
    expect(slot).toBeLessThan(1 << bitsOfSlot);
  }
});
