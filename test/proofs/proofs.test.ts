import { describe, expect, it } from "vitest";
import { patternsInUse } from "./patterns.ts";
import { readProofs } from "./proofs.ts";
import { digestOf, prove } from "./prove.ts";

const patterns = await patternsInUse();
const proofs = readProofs();

describe("the patterns of the scanner", () => {
  it("are found in its sources, and where its modules put them together", () => {
    expect(patterns.length).toBeGreaterThan(300);
    expect(patterns.some(({ file }) => file === "built")).toBe(true);
    expect(patterns.some(({ source }) => source.includes("T3BlbkFJ"))).toBe(true);
  });

  it("are each proven to take time in proportion to the text: npm run prove:rules", () => {
    const unproven = patterns.filter((pattern) => proofs[digestOf(pattern)] === undefined);
    expect(unproven.map(({ file, source }) => `${file}: ${source}`)).toEqual([]);
  });

  it("have no proof that belongs to none of them", () => {
    const digests = new Set(patterns.map(digestOf));
    expect(Object.keys(proofs).filter((digest) => !digests.has(digest))).toEqual([]);
  });

  it("are proven by an automaton, most of them", () => {
    const byAutomaton = Object.values(proofs).filter(({ proof }) =>
      ["automaton", "relaxed"].includes(proof),
    );
    expect(byAutomaton.length / patterns.length).toBeGreaterThan(0.75);
  });
});

describe("a proof", () => {
  const short = patterns
    .filter(
      (pattern) => proofs[digestOf(pattern)]?.proof === "automaton" && pattern.source.length < 40,
    )
    .slice(0, 40);

  it.each(short)("comes out the same today: $source", (pattern) => {
    expect(prove(pattern)).toEqual({ kind: "safe", proof: "automaton" });
  });

  it.each(["^(a+)+$", "(?:a|a)*b", "^(?:\\w+\\s?)*$", "a*a*a*b"])("is refused to %s", (source) => {
    expect(prove({ source, flags: "", file: "" })).toMatchObject({ kind: "slow" });
  });
});
