import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** By the digest of a pattern with its flags: where it stands, and how it is known to be linear. */
export type Proofs = Readonly<
  Record<
    string,
    { readonly file: string; readonly proof: "automaton" | "relaxed" | "searched" | "bounded" }
  >
>;

const file = join(import.meta.dirname, "proofs.json");

/** What `npm run prove:rules` wrote down. */
export function readProofs(): Proofs {
  const rows: Readonly<Record<string, string>> = JSON.parse(readFileSync(file, "utf8"));
  return Object.fromEntries(Object.entries(rows).map(([digest, row]) => [digest, parse(row)]));
}

/** One proof a line, in the order of files. */
export function writeProofs(proofs: Proofs): void {
  const sorted = Object.entries(proofs).toSorted(
    ([one, a], [other, b]) => a.file.localeCompare(b.file) || one.localeCompare(other),
  );
  const lines = sorted.map(([digest, proof]) => `  "${digest}": "${proof.proof} ${proof.file}"`);
  writeFileSync(file, `{\n${lines.join(",\n")}\n}\n`);
}

/** "automaton data-plane/inspection/prefilter.ts" */
function parse(row: string): Proofs[string] {
  const [proof = "", file = ""] = row.split(" ");
  return { file, proof: proof as Proofs[string]["proof"] };
}
