import { LiteralFinder } from "./literal-finder.ts";
import { anchors } from "./prompt-injection/anchors.ts";
import { PromptWindows } from "./prompt-injection/prompt-injection.ts";
import type { ScanBudget } from "./scan-budget.ts";
import type { FoundSecret, SecretFinder } from "./secret-finder.ts";

/** What one pass over a text found. */
export interface Prefiltered {
  readonly secrets: readonly FoundSecret[];
  /** Where a text that speaks to the model might. */
  readonly promptStarts: readonly number[];
}

/** Looks for the literals of all detectors in one pass: a pass for each would cost as much as all the rest. */
export class Prefilter {
  readonly #secrets: SecretFinder;
  readonly #finder: LiteralFinder;

  constructor(secrets: SecretFinder) {
    this.#secrets = secrets;
    this.#finder = new LiteralFinder([...secrets.literals, ...anchors]);
  }

  run(text: string, budget: ScanBudget): Prefiltered {
    const { length } = this.#secrets.literals;
    const search = this.#secrets.begin(text, budget);
    const windows = new PromptWindows();
    this.#finder.find(text, budget, (literal, start) => {
      if (literal < length) search.onLiteral(literal, start);
      else windows.add(start);
    });
    return { secrets: search.end(), promptStarts: windows.starts };
  }
}
