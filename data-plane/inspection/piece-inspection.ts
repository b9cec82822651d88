import { StringDecoder } from "node:string_decoder";
import type { Finding } from "../call/finding.ts";
import type { FindingLog } from "./finding-log.ts";
import { ScanStopped } from "./scan-budget.ts";
import type { TextInspection } from "./text-inspection.ts";
import { Pointer } from "./value-walk.ts";

/** Pieces are looked at together with so much of what came before: what lies across the border is found. */
const overlap = 4 * 1_024;
const pieceLength = 64 * 1_024;

/**
 * Looks for what an answer holds while it goes by. It sees JSON as it is written and not its values, so a finding has
 * no place, and what stands in escapes may be missed: good for a record, not for a barrier.
 */
export class PieceInspection {
  readonly #texts: TextInspection;
  readonly #log: FindingLog;
  readonly #decoder = new StringDecoder("utf8");
  #text = "";
  #stopped: ScanStopped | undefined;

  constructor(texts: TextInspection, log: FindingLog) {
    this.#texts = texts;
    this.#log = log;
  }

  /** Looks at the next bytes, while the budget lasts. Never throws. */
  take(bytes: Buffer): void {
    if (this.#stopped) return;
    this.#text += this.#decoder.write(bytes);
    if (this.#text.length >= pieceLength) this.#look();
  }

  /** What was found, each rule once; and where the looking ended before the answer did. */
  end(): readonly Finding[] {
    if (!this.#stopped) this.#look();
    const byRule = new Map(this.#log.findings.map((finding) => [finding.rule, finding]));
    const found = [...byRule.values()];
    if (!this.#stopped) return found;
    return [
      ...found,
      { rule: this.#stopped.rule, direction: "result", pointer: "", action: "logged" },
    ];
  }

  #look(): void {
    try {
      this.#texts.text(this.#text, new Pointer(), undefined);
    } catch (error) {
      this.#stopped =
        error instanceof ScanStopped ? error : new ScanStopped("scan.limits", "it cannot be read");
    }
    this.#text = this.#text.slice(-overlap);
  }
}
