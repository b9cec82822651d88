/** A bound that was reached. */
export type Cut = "depth" | "nodes" | "characters" | "traces" | "values" | "decodings";

/** Tells of each bound once. */
export class Cuts {
  readonly #onCut: ((cut: Cut) => void) | undefined;
  readonly #told = new Set<Cut>();

  constructor(onCut: ((cut: Cut) => void) | undefined) {
    this.#onCut = onCut;
  }

  readonly note = (cut: Cut): void => {
    if (this.#told.has(cut)) return;
    this.#told.add(cut);
    this.#onCut?.(cut);
  };
}
