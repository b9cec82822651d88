import { type Chain, type Step, wordStart } from "./chain.ts";

/** Farther than any two words of a pattern are looked for apart. */
export const farAway = 1_000_000;

/** What a word leads to: the steps that it may be, wherever it stands, and where a word begins. Later steps first. */
interface Led {
  readonly anywhere: number[];
  readonly atStart: number[];
}

/** Comes before the first of each pattern: it is met everywhere. */
export const noStep = 0;
export const noPattern = -1;

interface TreeStep {
  readonly previous: number;
  readonly within: number;
  readonly ends: number;
  readonly before: number;
  readonly lead: number;
  readonly behind: number;
}

interface Ended {
  /** Of the pattern. */
  readonly number: number;
  /** How far it looks around what it matches. */
  readonly around: number;
}

/** The steps of many patterns. Alternatives of a pattern that begin with the same words have these steps in common. */
export class StepTree {
  /** By the letters of each, with a {@link wordEnd} where it must not go on. */
  readonly words = new Map<string, Led>();
  readonly steps: TreeStep[] = [
    { previous: noStep, within: 0, ends: noPattern, before: 0, lead: 0, behind: 0 },
  ];
  readonly #known = new Map<string, number>();

  add({ steps, tail }: Chain, { number, around }: Ended): void {
    const reach = steps.reduce((sum, { within }) => sum + within, 0);
    // With a character more, for borders of words.
    const before = clipped(reach + around + 1);
    const lead = clipped((steps[0]?.within ?? 0) + around + 1);
    const behind = clipped(tail + around + 1);
    let previous = noStep;
    for (const [index, step] of steps.entries()) {
      const isLast = index === steps.length - 1;
      const end = isLast
        ? { ends: number, before, lead, behind }
        : { ends: noPattern, before: 0, lead: 0, behind: 0 };
      const within = clipped(step.within);
      const key = JSON.stringify([
        number,
        previous,
        previous === noStep ? 0 : within,
        step.words,
        end,
      ]);
      previous = this.#known.get(key) ?? this.#learn(step, { previous, within, ...end });
      this.#known.set(key, previous);
    }
  }

  #learn({ words }: Step, step: TreeStep): number {
    const index = this.steps.push(step) - 1;
    for (const word of words) {
      const isAtStart = word.startsWith(wordStart);
      const plain = isAtStart ? word.slice(1) : word;
      const led = this.words.get(plain) ?? { anywhere: [], atStart: [] };
      this.words.set(plain, led);
      (isAtStart ? led.atStart : led.anywhere).unshift(index);
    }
    return index;
  }
}

const clipped = (length: number) => Math.min(length, farAway / 2);
