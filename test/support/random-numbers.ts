/** Whole numbers below another. */
export type RandomNumbers = (below: number) => number;

/** The same numbers in each run (Numerical Recipes: a linear congruential generator). */
export function randomNumbers(seed: number): RandomNumbers {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
