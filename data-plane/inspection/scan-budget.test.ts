import { describe, expect, it } from "vitest";
import { ScanBudget, ScanStopped, WorkUsedUp } from "./scan-budget.ts";

/** Asks for so many windows, as a confirmer does. */
function look(budget: ScanBudget, windows: number): void {
  for (let window = 0; window < windows; window += 1) budget.spendWindow();
}

/** A budget of so many units. */
const withUnits = (units: number) => new ScanBudget(units / 1_400);

describe("the time that one value may cost", () => {
  it("is over for what confirmers ask for, however little text there is", () => {
    expect(() => look(new ScanBudget(0), 100_000_000)).toThrow(ScanStopped);
  });

  it("grows with the text that is read, so that long results can be looked through", () => {
    const budget = new ScanBudget(0);
    // 16 million characters, read in pieces: 640 ms.
    for (let piece = 0; piece < 256; piece += 1) budget.spendCharacters(65_536);
    expect(() => look(budget, 1_000)).not.toThrow();
  });
});

describe("the work that the texts of one message may ask for", () => {
  const mebibyte = 1_048_576;
  const askedOf = (text: string) => {
    const budget = withUnits(2_000);
    budget.spendText(text);
    let windows = 0;
    try {
      for (; windows < 1e6; windows += 1) budget.spendWindow();
    } catch (error) {
      expect(error).toBeInstanceOf(ScanStopped);
    }
    return windows;
  };

  it("is the same up to a megabyte, and then grows with the text", () => {
    const least = askedOf("a".repeat(1_000));
    expect(askedOf("a".repeat(mebibyte))).toBe(least);
    expect(askedOf("a".repeat(4 * mebibyte))).toBe(4 * least);
  });

  it("is more for what tools say of themselves, which comes in long lists", () => {
    const budget = withUnits(2_000);
    budget.spendText("a".repeat(mebibyte), true);
    expect(() => look(budget, 15_000)).not.toThrow();
    expect(() => look(budget, 2_000)).toThrow(WorkUsedUp);
  });

  it("is kept from one detector in part, for those that come behind it", () => {
    const budget = withUnits(2_000);
    budget.spendText("a".repeat(1_000));
    expect(() => budget.atMost(0.5, () => look(budget, 1_001))).toThrow(WorkUsedUp);
    expect(() => look(budget, 900)).not.toThrow();
    expect(() => look(budget, 200)).toThrow(WorkUsedUp);
  });

  it("leaves a reserve for names and short values, which ends, too", () => {
    const budget = withUnits(2_000);
    budget.spendText("a".repeat(1_000));
    expect(() => look(budget, 1e6)).toThrow(WorkUsedUp);
    expect(() => budget.spendText("a".repeat(1_000))).toThrow(WorkUsedUp);
    budget.spendText("jsonrpc");
    expect(() => look(budget, 400)).not.toThrow();
    expect(() => look(budget, 1e6)).toThrow("it takes too long");
  });
});
