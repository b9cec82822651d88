import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { WordingWeights } from "../../data-plane/inspection/prompt-injection/wording/wording-table.ts";
import { featuresOf } from "./features.ts";
import { type LabelledText, labelledTexts } from "./labelled-texts.ts";
import type { Regression } from "./regression.ts";
import { learnWording } from "./training.ts";

const own = [new URL("../eval/own", import.meta.url), new URL("passages", import.meta.url)];
const file = fileURLToPath(
  new URL(
    "../../data-plane/inspection/prompt-injection/wording/wording-weights.json",
    import.meta.url,
  ),
);
/** One injected passage counts for so many samples of files, of which there are more; so does an honest one that was written to be mistaken. */
const weightOfPassage = 2;
/** In characters. */
const longestPassage = 2_000;
const leasts = [-2, -1.5, -1, -0.5, 0, 0.5, 1, 2];

/**
 * Learns the table of wording anew from the own labelled texts and from those of the directories that are named: `npm run train:wording [-- DIR…]`.
 * Prints what four fifths of them tell of the last one, then learns from all.
 */
function train(directories: readonly string[]): void {
  const written = [...own.map((it) => fileURLToPath(it)), ...directories].flatMap((directory) =>
    labelledTexts(directory),
  );
  const all = written.map((it) => ({
    ...it,
    features: featuresOf(it.text),
    weight: it.isInjected || it.text.length < longestPassage ? weightOfPassage : 1,
  }));
  say(`${all.length} texts, of which a fifth is held out at first`);
  const measured = learnWording(all.filter(({ use }) => use === "learned"));
  const heldOut = all.filter(({ use }) => use !== "learned");
  report(heldOut, measured);
  say("learning from these, too");
  writeFileSync(file, tableOf(learnWording(all.filter(({ use }) => use !== "measured"))));
}

type Read = LabelledText & { readonly features: Int32Array };

/** Of each set what share scores how much, among what was not learned from. */
function report(texts: readonly Read[], regression: Regression): void {
  const sets = Map.groupBy(
    texts,
    ({ set, isInjected }) => `${isInjected ? "injected" : "honest"} ${set}`,
  );
  for (const [set, all] of sets) {
    const scores = all.map(({ features }) => regression.best(features).score);
    const shareAbove = (least: number) => scores.filter((it) => it > least).length / scores.length;
    const shares = leasts.map((it) => `${it}: ${(shareAbove(it) * 100).toFixed(2)} %`);
    say(`${set} (${all.length}) above ${shares.join(", ")}`);
  }
}

/** The weights in as many steps as a byte has on either side of 0. */
function tableOf({ bias, weights }: Regression): string {
  const largest = weights.reduce((most, it) => Math.max(most, Math.abs(it)), 0);
  const step = largest / 127;
  const bytes = Int8Array.from(weights, (it) => Math.round(it / step));
  const table: WordingWeights = { bias, step, weights: Buffer.from(bytes).toString("base64") };
  return `${JSON.stringify(table, null, 2)}\n`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

train(process.argv.slice(2));
