import { describe, expect, it } from "vitest";
import { ScanCopy, scanCopy } from "./scan-copy.ts";

const tags = (text: string) =>
  [...text].map((it) => String.fromCodePoint(0xe0000 + it.charCodeAt(0))).join("");

describe("the copy of a text for the scan", () => {
  it.each([
    ["nothing that is not seen", "pass\u200bwo\u0000rd\u{1d173}", "password"],
    [
      "Latin letters in words of two scripts, and no others",
      "p\u0430ssword слово",
      "password слово",
    ],
    ["plain letters for other forms of them", "\uff50\u{1d41a}\u24e2s", "pass"],
    [
      "all the letters of forms that have several",
      "\u2474 \ufb01\u33c2 \u{1f110}",
      "(1) fia.m. (A)",
    ],
    ["blanks for other blanks only where forms of letters stand", "\u00a0\uff41", " a"],
    ["tags as letters, set apart", `a${tags("run")}b${tags("it")}`, "a run b it "],
    ["halves of pairs as they are", "a\ud835b\udc00\u200bc\ud83c", "a\ud835b\udc00c\ud83c"],
  ])("has %s", (_, text, copy) => {
    expect(scanCopy(text)).toBe(copy);
  });

  it.each(["wort\u00a0mit … Punkten", "слово", "👩‍❤️‍👨 🏳️‍🌈 ☎︎ 🇩🇪", "忽略之前"])(
    "is the text itself where nothing is hidden: %s",
    (text) => {
      expect(new ScanCopy(text).places).toEqual([]);
    },
  );

  it.each([
    ["❤i\ufe0fgnore", "❤ignore"],
    ["4\ufe0f4\u200d4", "444"],
    ["\u24d8\ufe0fgnore", "ignore"],
    ["❤\ufe0f\u200d\ufe0f\u200d!", "❤!"],
  ])("is without joiners that join no emoji: %s", (text, copy) => {
    expect(scanCopy(text)).toBe(copy);
  });

  it("is the same wherever in the text something stands, across the borders of all blocks", () => {
    const parts = [`👍${tags("go")}`, "\u{1d41a}b", "\u2474", "x\u0430\u0445", "👍\u200b🌍"];
    const copies = ["👍 go ", "ab", "(1)", "xax", "👍🌍"];
    for (const [index, part] of parts.entries()) {
      for (const before of [1_018, 1_023, 2_046, 2_047, 2_048, 40_000]) {
        const text = `${"🌍".repeat(before / 2)}.${part} ${"🌍".repeat(2_000)}`;
        const copy = `${"🌍".repeat(before / 2)}.${copies[index]} ${"🌍".repeat(2_000)}`;
        expect(scanCopy(text) === copy, `${index} behind ${before}`).toBe(true);
      }
    }
  });

  it("is as long as what it stands for, however much that is", () => {
    const isCopy = (text: string, copy: string) => scanCopy(text) === copy;
    expect(isCopy("\u2474".repeat(100_000), "(1)".repeat(100_000))).toBe(true);
    expect(isCopy("\u33c2\uff41".repeat(50_000), "a.m.a".repeat(50_000))).toBe(true);
    expect(isCopy(`${tags("a")}b`.repeat(50_000), " a b".repeat(50_000))).toBe(true);
  });

  it("has words of two scripts in Latin letters, however long they are", () => {
    expect(scanCopy(`${"а".repeat(3_000)}b`) === `${"a".repeat(3_000)}b`).toBe(true);
    expect(scanCopy("a\u0430".repeat(5_000)) === "aa".repeat(5_000)).toBe(true);
  });
});
