import { describe, expect, it } from "vitest";
import { bitsOfSlot, hashOfWord, slotOf, slotOfPair } from "./word-slots.ts";
import { featuresOfWord, fewestWords, WordingReader, wordsTogether } from "./wording-reader.ts";
import { WordingTable } from "./wording-table.ts";

/** A table in which these words weigh so much; steps are whole, and a text without any of them scores the bias. */
function tableOf(weights: Readonly<Record<string, number>>, bias: number): WordingTable {
  const bytes = new Int8Array(1 << bitsOfSlot);
  for (const [words, weight] of Object.entries(weights)) {
    const [first = "", second] = words.split(" ");
    const slot =
      second === undefined
        ? slotOf(hashOfWord(first))
        : slotOfPair(hashOfWord(first), hashOfWord(second));
    bytes[slot] = weight;
  }
  return new WordingTable({ bias, step: 1, weights: Buffer.from(bytes).toString("base64") });
}

/** Words of five letters with a blank between them. */
function placesOf(words: readonly string[], table: WordingTable) {
  const reader = new WordingReader(table);
  reader.begin();
  for (const [at, word] of words.entries()) reader.add(hashOfWord(word), at * 6, at * 6 + 5);
  return reader.places();
}

const plain = (count: number) => Array.from({ length: count }, (_, at) => `pl${at}x`);

describe("words that are weighed together", () => {
  // A word alone in a full window is divided by the root of two weights for each of 28 words.
  const enough = Math.ceil(4 * Math.sqrt(wordsTogether * featuresOfWord));
  const table = tableOf({ order: enough, "do evil": enough }, 0);

  it("are found where one of them weighs enough, from the first of them to the last", () => {
    const { clear, strong } = placesOf([...plain(100), "order", ...plain(100)], table);
    expect(clear.slice(0, 2)).toEqual([(101 - wordsTogether) * 6, 100 * 6 + 5]);
    expect(strong).toEqual(clear);
  });

  it("are forgotten when the window has moved on", () => {
    const { clear } = placesOf(["order", ...plain(200)], table);
    expect(clear.at(-1)).toBeLessThan(wordsTogether * 6);
  });

  it("weigh as pairs only one behind the other", () => {
    expect(placesOf([...plain(30), "do", "evil"], table).clear).not.toEqual([]);
    expect(placesOf([...plain(30), "evil", "do"], table).clear).toEqual([]);
    expect(placesOf([...plain(30), "do", "no", "evil"], table).clear).toEqual([]);
  });

  it("say nothing where they are too few", () => {
    expect(placesOf(["order", ...plain(fewestWords - 2)], table).clear).toEqual([]);
    expect(placesOf(["order", ...plain(fewestWords - 1)], table).clear).not.toEqual([]);
  });

  it("are less like an order the less they weigh", () => {
    const root = Math.sqrt(wordsTogether * featuresOfWord);
    const little = tableOf({ order: Math.ceil(2 * root) }, 0);
    const { clear, strong } = placesOf([...plain(30), "order"], little);
    expect(clear).not.toEqual([]);
    expect(strong).toEqual([]);
    expect(placesOf([...plain(30), "order"], tableOf({ order: 9 }, 0)).faint).toEqual([]);
  });

  it("are no more of a text that was read before", () => {
    const reader = new WordingReader(table);
    reader.begin();
    for (const word of [...plain(30), "order"]) reader.add(hashOfWord(word), 0, 5);
    reader.begin();
    for (const word of plain(30)) reader.add(hashOfWord(word), 0, 5);
    expect(reader.places()).toEqual({ faint: [], clear: [], strong: [] });
  });
});

it("a table that has not a weight for each slot is refused", () => {
  expect(() => new WordingTable({ bias: 0, step: 1, weights: "AAAA" })).toThrow(
    "the table of wording has not as many weights as there are slots",
  );
});
