import { describe, expect, it } from "vitest";
import { ScanBudget, ScanStopped } from "./scan-budget.ts";

/** Asks for so many windows, as a confirmer does. */
function look(budget: ScanBudget, windows: number): void {
  for (let window = 0; window < windows; window += 1) budget.spendWindow();
}

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
