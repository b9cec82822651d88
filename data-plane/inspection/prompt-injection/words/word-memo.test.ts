import { describe, expect, it } from "vitest";
import { WordMemo } from "./word-memo.ts";

describe("what is known of words", () => {
  it("is found by the number and the length of each, also where several have the same place", () => {
    const memo = new WordMemo();
    const place = 1 << 14;
    for (let word = 0; word < 8; word += 1)
      memo.add(word * place + 5, 3, { set: word, entry: word + 9, hash: 0 });
    const rows = Array.from({ length: 8 }, (_, word) => memo.find(word * place + 5, 3));
    expect(rows.map((row) => [memo.setAt(row), memo.entryAt(row)])).toEqual(
      rows.map((_, word) => [word, word + 9]),
    );
    expect(memo.find(5, 4)).toBe(-1);
    expect(memo.find(9 * place + 5, 3)).toBe(-1);
  });

  it("is forgotten when there is no room for more", () => {
    const memo = new WordMemo();
    let count = 0;
    for (; !memo.isFull; count += 1) memo.add(count, 7, { set: count, entry: 0, hash: 0 });
    expect(count).toBeLessThan(16_384);
    expect(memo.setAt(memo.find(count - 1, 7))).toBe(count - 1);
    memo.forget();
    expect([memo.isFull, memo.find(count - 1, 7)]).toEqual([false, -1]);
  });
});
