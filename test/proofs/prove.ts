import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import type { Diagnostics } from "recheck";
import type { PatternInUse } from "./patterns.ts";

/** The one that is all JavaScript: the package's own entry looks for a program to run first. */
const { checkSync }: typeof import("recheck") = createRequire(import.meta.url)(
  "recheck/lib/browser.js",
);

/** The longest text that patterns of a file see, where they are only "bounded". Arguments come in pieces of 4,096 characters. */
const windows: readonly (readonly [file: string, characters: number])[] = [
  ["data-plane/inspection/linear-pattern.ts", 256],
  ["data-plane/inspection/prompt-injection/", 600],
  ["", 4_096],
];
/** Of the processor, for the worst text of that length that recheck comes up with. */
const longestMs = 5;

/**
 * How a pattern is known to take time in proportion to the text:
 * - automaton: recheck's automaton proves it.
 * - relaxed: recheck's automaton proves it of the same pattern with every counted repetition without an end, which takes
 *   at least as many ways through any text.
 * - searched: too large for the automaton; recheck's search finds no text that makes it slow.
 * - bounded: its counted repetitions look like a polynomial to recheck's search; it sees windows of bounded length, and
 *   the text that recheck finds, cut to such a window, takes it at most a few milliseconds.
 */
type Proof = "automaton" | "relaxed" | "searched" | "bounded";

type Verdict =
  | { readonly kind: "safe"; readonly proof: Proof }
  | { readonly kind: "slow"; readonly complexity: string; readonly attack: string };

/** What a proof is filed under: another pattern, other flags, another proof. */
export function digestOf({ source, flags }: PatternInUse): string {
  return createHash("sha256").update(`${flags}/${source}`).digest("hex").slice(0, 32);
}

/** Tries what is quick and strong first. Deterministic but for its deadlines, which are wide. */
export function prove(pattern: PatternInUse): Verdict {
  const { source, flags } = pattern;
  const direct = checkSync(source, flags, { checker: "automaton", timeout: 4_000 });
  if (direct.status === "safe") return { kind: "safe", proof: "automaton" };
  if (direct.status === "unknown") {
    const relaxed = checkSync(relax(source), flags, { checker: "automaton", timeout: 10_000 });
    if (relaxed.status === "safe") return { kind: "safe", proof: "relaxed" };
  }
  const searched = direct.status === "vulnerable" ? direct : checkSync(source, flags, smallSearch);
  if (searched.status === "safe") return { kind: "safe", proof: "searched" };
  return isQuickInWindow(pattern, searched) ? { kind: "safe", proof: "bounded" } : slow(searched);
}

function isQuickInWindow({ source, flags, file }: PatternInUse, found: Diagnostics): boolean {
  if (found.status !== "vulnerable" || found.complexity.type === "exponential") return false;
  if (!found.complexity.isFuzz && found.complexity.degree > 2) return false;
  const { string } = found.attack;
  const window = windows.find(([begins]) => file.startsWith(begins))?.[1] ?? 0;
  const text = string.slice(0, window - 8) + string.slice(-8);
  const pattern = new RegExp(source, flags);
  const times = Array.from({ length: 5 }, () => {
    const { user } = process.cpuUsage();
    pattern.lastIndex = 0;
    pattern.test(text);
    return (process.cpuUsage().user - user) / 1_000;
  });
  return Math.min(...times) <= longestMs;
}

const smallSearch = {
  checker: "fuzz",
  timeout: 60_000,
  maxIteration: 4,
  maxInitialGenerationSize: 80,
  maxGenerationSize: 24,
  crossoverSize: 8,
  mutationSize: 16,
  maxAttackStringSize: 20_000,
  attackLimit: 40_000_000,
} as const;

function slow(found: Diagnostics): Verdict {
  return found.status === "vulnerable"
    ? { kind: "slow", complexity: found.complexity.summary, attack: found.attack.pattern }
    : { kind: "slow", complexity: `unknown: ${found.status}`, attack: "" };
}

/**
 * Counts gone: each way through a text that the pattern can take, this one can take too. What it is followed by hardly ever
 * stands in a text, so that it has to try them all.
 */
function relax(source: string): string {
  const counts = /(\\.|\[(?:[^\]\\]|\\.)*\])|\{(\d+)(?:,(\d*))?\}/gs;
  const endless = source.replaceAll(counts, (whole, kept, least, most) => {
    if (kept !== undefined) return kept;
    return Number(most === undefined ? least : most || 99) > 4 ? "*" : whole;
  });
  return `(?:${endless})\\ue000\\ue001`;
}
