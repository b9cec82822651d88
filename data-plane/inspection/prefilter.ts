import { groupsIn, LiteralFinder, traitsIn } from "./literal-finder.ts";
import { anchors } from "./prompt-injection/anchors.ts";
import { PromptWindows } from "./prompt-injection/prompt-injection.ts";
import type { ScanBudget } from "./scan-budget.ts";
import type { FoundSecret, SecretFinder } from "./secret-finder.ts";
import type { TextTraits } from "./text-traits.ts";

/** What one pass over a text found. */
export interface Prefiltered {
  readonly secrets: readonly FoundSecret[];
  /** Where a text that speaks to the model might. */
  readonly promptStarts: readonly number[];
  readonly traits: TextTraits;
}

/** A place where literals end costs as much as to read so many characters, and twice as much again where somebody is told of it. */
const workPerPlace = 0.5;
const workPerHit = 2;

/** What to look for. What characters there are is always told. */
export interface Wanted {
  readonly secrets: boolean;
  readonly prompts: boolean;
}

const ofSecrets = 1;
const ofPrompts = 2;

/** Looks for the literals of all detectors in one pass: a pass for each would cost as much as all the rest. */
export class Prefilter {
  readonly #secrets: SecretFinder;
  readonly #finder: LiteralFinder;

  constructor(secrets: SecretFinder) {
    this.#secrets = secrets;
    const { length } = secrets.literals;
    const groupOf = (literal: number) => (literal < length ? ofSecrets : ofPrompts);
    this.#finder = new LiteralFinder([...secrets.literals, ...anchors], groupOf);
  }

  /** The traits of a short text. Undefined: it has literals that are wanted. Those beyond ASCII are not looked for. */
  glance(text: string, { secrets, prompts }: Wanted): number | undefined {
    const glance = this.#finder.glance(text);
    const wanted = (secrets ? ofSecrets : 0) | (prompts ? ofPrompts : 0);
    return (groupsIn(glance) & wanted) === 0 ? traitsIn(glance) : undefined;
  }

  run(text: string, wanted: Wanted, budget: ScanBudget): Prefiltered {
    const { length } = this.#secrets.literals;
    const search = this.#secrets.begin(text, budget);
    const windows = new PromptWindows();
    const secrets = wanted.secrets ? ofSecrets : 0;
    const prompts = wanted.prompts ? ofPrompts : 0;
    let places = 0;
    let hits = 0;
    const wants = (groups: number, end: number) => {
      places += 1;
      return (groups & secrets) !== 0 || ((groups & prompts) !== 0 && windows.mayAdd(end));
    };
    const onHit = (literal: number, start: number) => {
      hits += 1;
      if (literal >= length) {
        if (wanted.prompts) windows.add(start);
      } else if (wanted.secrets) search.onLiteral(literal, start);
    };
    const traits = this.#finder.find(text, budget, onHit, wants);
    budget.spendWork(places * workPerPlace + hits * workPerHit);
    return { secrets: search.end(), promptStarts: windows.starts, traits };
  }
}
