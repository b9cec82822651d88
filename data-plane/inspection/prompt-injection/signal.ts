import type { WordedPattern } from "./wording/worded-pattern.ts";
import type { WordPattern } from "./words/word-rule.ts";

/** A sign that a text speaks to the model instead of informing it, as data. */
export interface Signal {
  readonly id: string;
  readonly weight: number;
  /** Whether it means something by itself. The others count only beside one that does. */
  readonly isInstruction: boolean;
  /** Counts in definitions of tools only: what a page may tell of, a tool must not offer. */
  readonly definitionsOnly?: boolean;
  /** Counts in results only: tools say of themselves how they are to be used. */
  readonly textsOnly?: boolean;
  /** Says the same as these signs in other words: counts for what it weighs more than those of them that are there. */
  readonly insteadOf?: readonly string[];
  /** Linear: bounded repetition, none inside another. Looked for in a window of 600 characters. */
  readonly pattern: RegExp | WordPattern | WordedPattern;
  readonly examples: { readonly loud: readonly string[]; readonly harmless: readonly string[] };
}
