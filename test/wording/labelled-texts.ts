import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface LabelledText {
  /** The file that it is of. */
  readonly set: string;
  readonly text: string;
  readonly isInjected: boolean;
  /** A fifth, chosen by digest, is held out at first. Some are measured with, only. */
  readonly use: "learned" | "held-out" | "measured";
}

const longest = 32_768;
/** Who writes an attack invents a host for it: which one says nothing of the attacks of others. */
const hosts = /[\w-]+(?:\.[\w-]+)*\.(?:example|invalid|test|com|net|org|io)\b/g;

/** These are measured with, only: their passages stand in contexts that come back. */
const measured = /-in-results\.jsonl$/;

/** Those of all files of JSONL in a directory: `{"label": "injection" | "benign", "text": …}` in each line. */
export function labelledTexts(directory: string): readonly LabelledText[] {
  const names = readdirSync(directory).filter((it) => it.endsWith(".jsonl"));
  return names.toSorted().flatMap((name) => {
    const lines = readFileSync(join(directory, name), "utf8").split("\n");
    return lines.flatMap((line) => (line === "" ? [] : labelledText(JSON.parse(line), name)));
  });
}

function labelledText(
  { label, text: whole }: { label?: unknown; text?: unknown },
  set: string,
): readonly LabelledText[] {
  if (typeof whole !== "string" || (label !== "injection" && label !== "benign")) return [];
  const text = whole.slice(0, longest).replaceAll(hosts, "");
  const [first = 0] = createHash("sha256").update(whole).digest();
  const use = measured.test(set) ? "measured" : first % 5 === 0 ? "held-out" : "learned";
  return [{ set, text, isInjected: label === "injection", use }];
}
