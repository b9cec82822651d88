import { type Chain, lettersOf, type Step, wordStart } from "./chain.ts";

/** In most texts, so that they tell little. */
const common: ReadonlySet<string> = new Set(
  "the you your this that all and any for are not with from have what will must should only to of in is it as an or if be by on at do we he so no us my me up go ://".split(
    " ",
  ),
);
/** So often in them that to look for them costs more than they tell. */
const everywhere: ReadonlySet<string> = new Set([
  ..."abcdefghijklmnopqrstuvwxyz,.-'",
  "the",
  "to",
  "of",
  "and",
  "is",
  "it",
  "in",
  "as",
  "this",
  "that",
]);
const rareSigns = /[@<[{#]|[^-=*_~#|.\s]{2}/;
/** What models are called. */
const names: ReadonlySet<string> = new Set(["ai", "ki", "ia"]);
/** Longer words are no rarer. */
const longEnough = 6;
/** Two steps that are as rare are enough. */
const leastTelling = 3;
const enoughSteps = 2;

/** The step whose words are rarest, and how far it may be behind the beginning. */
export function rarest(
  steps: readonly Step[],
): { readonly step: Step; readonly lead: number } | undefined {
  let lead = 0;
  let best: { readonly step: Step; readonly lead: number } | undefined;
  for (const step of steps) {
    lead += step.within;
    if (!best || rarity(step) > rarity(best.step)) best = { step, lead };
  }
  return best;
}

/** That of the most usual of the words. */
function rarity({ words }: Step): number {
  return Math.min(...words.map(rarityOf));
}

const known = new Map<string, number>();

/** How seldom texts have a word, from 0 to 6. */
export function rarityOf(word: string): number {
  const before = known.get(word);
  if (before !== undefined) return before;
  const found = foundRarityOf(word);
  known.set(word, found);
  return found;
}

function foundRarityOf(word: string): number {
  const letters = lettersOf(word);
  const plain = letters.trim();
  // Of several words the rarest tells most, and the others hardly more: "the e" is in most texts, too.
  if (plain.includes(" ")) {
    return Math.min(1 + Math.max(...plain.split(" ").map((it) => rarityOf(it))), longEnough);
  }
  if (everywhere.has(plain)) return 0;
  if (common.has(plain)) return 1;
  if (!/[\p{L}\p{N}]/u.test(plain)) return rareSigns.test(plain) ? leastTelling : 1;
  // Many words begin with any two letters.
  const isShort = /^[a-z]{1,2}$/.test(letters);
  if (isShort) return names.has(plain) ? leastTelling : 1;
  return Math.min(word.startsWith(wordStart) ? plain.length + 1 : plain.length, longEnough);
}

/** Without the steps that most texts have anyway, as far as others are left. */
export function tellingSteps(chain: Chain): Chain {
  const { steps } = chain;
  const rarities = steps.map(rarity).toSorted((one, other) => other - one);
  const [most = 0] = rarities;
  const second = rarities[enoughSteps - 1] ?? 0;
  const least = Math.min(leastTelling, second > 0 ? second : most);
  const isKept = (it: Step) => rarity(it) >= least;
  const kept: Step[] = [];
  let skipped = 0;
  for (const step of steps) {
    if (isKept(step)) {
      kept.push({ ...step, within: step.within + skipped });
      skipped = 0;
    } else skipped += step.within;
  }
  // What was left out behind the last that is kept lies before the end.
  return { steps: kept, tail: chain.tail + skipped };
}
