/**
 * Proves that each pattern of the scanner takes time in proportion to the text, and writes the proofs down for the test.
 * Patterns with a proof are left alone; `--all` proves all of them anew, which takes about half an hour.
 */
import { parseArgs } from "node:util";
import { patternsInUse } from "./patterns.ts";
import { type Proofs, readProofs, writeProofs } from "./proofs.ts";
import { digestOf, prove } from "./prove.ts";

const { values } = parseArgs({ options: { all: { type: "boolean", default: false } } });
const known = values.all ? {} : readProofs();
const proofs: Record<string, Proofs[string]> = {};
for (const pattern of await patternsInUse()) {
  const digest = digestOf(pattern);
  const before = known[digest];
  const verdict = before ? ({ kind: "safe", proof: before.proof } as const) : prove(pattern);
  if (verdict.kind === "safe") proofs[digest] = { file: pattern.file, proof: verdict.proof };
  else {
    process.stderr.write(
      `${pattern.file}: ${verdict.complexity}: ${verdict.attack}\n  /${pattern.source}/${pattern.flags}\n`,
    );
    process.exitCode = 1;
  }
}
writeProofs(proofs);
