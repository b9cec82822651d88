import type { ScanActionName, ScanExceptionSettings } from "../../core/policy/compiled-scanning.ts";
import type { Finding } from "../call/finding.ts";
import { tellsOfUnseen } from "../call/unseen.ts";

const maxFindings = 100;

type Action = Exclude<ScanActionName, "off">;

const actionTaken = {
  log: "logged",
  flag: "flagged",
  redact: "redacted",
  approve: "held",
  block: "blocked",
} as const;
const wouldBe = {
  flag: "would-flag",
  redact: "would-redact",
  approve: "would-hold",
  block: "would-block",
} as const;

export interface FindingLogOptions {
  readonly direction: Finding["direction"];
  readonly mode: "enforce" | "monitor";
  readonly exceptions: readonly ScanExceptionSettings[];
  /** Milliseconds since 1970: exceptions end. */
  readonly nowMs: () => number;
  /** Rules that block where they would be recorded. */
  readonly blocked?: ReadonlySet<string> | undefined;
}

/** Remembers what was found in one value, and says what is to be done about each. */
export class FindingLog {
  readonly #options: FindingLogOptions;
  readonly #findings: Finding[] = [];
  #reported = 0;
  #blocks = false;
  #holds = false;
  readonly #flags = new Set<string>();

  constructor(options: FindingLogOptions) {
    this.#options = options;
  }

  /** The first findings; there may have been more. */
  get findings(): readonly Finding[] {
    return this.#findings;
  }

  /** How many findings there were, with those that are not kept and those that are accepted. */
  get reported(): number {
    return this.#reported;
  }

  get isFull(): boolean {
    return this.#findings.length >= maxFindings;
  }

  get blocks(): boolean {
    return this.#blocks;
  }

  get holds(): boolean {
    return this.#holds;
  }

  /** The rules that the agent is to hear of. */
  get flags(): readonly string[] {
    return [...this.#flags];
  }

  /** Notes a finding. Returns what is to be done: in monitor mode, and where an exception holds, nothing. */
  report(rule: string, pointer: string, asked: Action): Action {
    this.#reported += 1;
    const { mode, direction, blocked } = this.#options;
    const action = asked === "log" && blocked?.has(rule) ? "block" : asked;
    const isExcepted = this.#isExcepted(rule, pointer);
    const taken = isExcepted || mode === "monitor" ? "log" : action;
    this.#blocks ||= taken === "block";
    this.#holds ||= taken === "approve";
    if (taken === "flag") this.#flags.add(rule);
    const word = isExcepted ? "excepted" : wordFor(action, taken);
    if (!this.isFull) this.#findings.push({ rule, direction, pointer, action: word });
    else this.#reportUnseen({ rule, direction, pointer: "", action: word });
    return taken;
  }

  /** That something was not looked at is told however much was found before. */
  #reportUnseen(finding: Finding): void {
    if (!tellsOfUnseen(finding)) return;
    const isTold = ({ rule, pointer }: Finding) => rule === finding.rule && pointer === "";
    if (!this.#findings.some(isTold)) this.#findings.push(finding);
  }

  #isExcepted(rule: string, pointer: string): boolean {
    const { exceptions, nowMs } = this.#options;
    if (exceptions.length === 0) return false;
    return exceptions.some(
      (it) => it.matchesRule(rule) && it.matchesPath(pointer) && nowMs() < it.untilMs,
    );
  }
}

function wordFor(action: Action, taken: Action): Finding["action"] {
  return taken === action || action === "log" ? actionTaken[taken] : wouldBe[action];
}
