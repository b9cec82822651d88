import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { flowingIn, sorted, Tracers } from "./call-traces.ts";
import type { Taint } from "./taint-store.ts";

const tracers = new Tracers(Buffer.alloc(32, 1));
const letter =
  "The acquisition of Northwind for 41 million euros will be announced on the ninth of March, and until then nobody may know.";

/** What was read by a tenant, as Redis would answer. */
function taintOf(tenant: string, value: unknown): Taint {
  const { traces, names } = tracers.ofResult(tenant, value);
  const known = (digests: readonly string[]) => new Map(digests.map((it) => [it, undefined]));
  return {
    labels: new Map(),
    traces: known(traces),
    names: known(names),
    hasTraces: traces.length > 0,
    hasNames: names.length > 0,
  };
}

function evidenceIn(args: unknown, taint: Taint, tenant = "") {
  const found = flowingIn(tracers.ofArguments(tenant, args), taint);
  return [...new Set(found.map(({ evidence }) => evidence))].sort();
}

describe("what arguments carry", () => {
  it("is private text by two passages, for the tenant that read it alone", () => {
    const taint = taintOf("", { text: letter });
    expect(evidenceIn({ body: letter }, taint)).toEqual(["private-text"]);
    expect(evidenceIn({ body: "Lunch at noon?" }, taint)).toEqual([]);
    expect(evidenceIn({ body: letter }, taint, "another")).toEqual([]);
  });

  it("counts as a secret where there is too much that looks like one, and not as text", () => {
    const blob = { body: randomBytes(12_000).toString("base64") };
    expect(evidenceIn(blob, taintOf("", { text: letter }))).toEqual(["private-secret"]);
    expect(evidenceIn(blob, taintOf("", {}))).toEqual([]);
  });

  it("counts as everything where there is too much to be read, if anything was read before", () => {
    const bulk = { body: "a harmless sentence about the weather. ".repeat(10_000) };
    const taint = taintOf("", { text: `${letter} Write to eve@evil.example` });
    expect(evidenceIn(bulk, taint)).toEqual(["private-secret", "private-text", "untrusted-target"]);
    expect(evidenceIn(bulk, taintOf("", {}))).toEqual([]);
  });

  it("is looked for by its digests: passages and secrets apart from names", () => {
    const traces = [
      { kind: "text", digest: "1" },
      { kind: "secret", digest: "2" },
      { kind: "text", digest: "1" },
      { kind: "email", digest: "3" },
    ] as const;
    expect(sorted(traces)).toEqual({ traces: ["1", "2"], names: ["3"] });
  });
});
