import type { ScanSettings } from "../../core/policy/compiled-scanning.ts";
import type { Finding } from "../call/finding.ts";
import { blockedUnasked } from "./certain-rules.ts";
import {
  acts,
  type TextSettings,
  textSettingsOfArguments,
  textSettingsOfResults,
} from "./text-detectors.ts";

/** What settings ask of the one direction. */
export interface Sought {
  readonly texts: TextSettings;
  /** Whether what looks like a token of ours is made to look otherwise. */
  readonly escapesTokens: boolean;
  /** What is done about what the budget leaves no room for. Undefined: it blocks, there and then. */
  readonly onExceed: "approve" | "log" | undefined;
  /** Rules that block where they would be recorded. */
  readonly blocked: ReadonlySet<string> | undefined;
}

const known = {
  arguments: new WeakMap<ScanSettings, Sought>(),
  result: new WeakMap<ScanSettings, Sought>(),
};

/** Worked out once for each: nearly all calls have the settings of their policy's profile, the very same object. */
export function soughtIn(direction: Finding["direction"], settings: ScanSettings): Sought {
  let sought = known[direction].get(settings);
  if (!sought) {
    sought = workedOut(direction, settings);
    known[direction].set(settings, sought);
  }
  return sought;
}

function workedOut(direction: Finding["direction"], settings: ScanSettings): Sought {
  const isArguments = direction === "arguments";
  const texts = isArguments
    ? textSettingsOfArguments(settings.arguments, settings)
    : textSettingsOfResults(settings.results, settings);
  return {
    texts,
    escapesTokens: acts(texts),
    onExceed: onExceed(isArguments, settings),
    blocked: isArguments ? blockedUnasked(settings.arguments) : undefined,
  };
}

function onExceed(isArguments: boolean, { budget }: ScanSettings): Sought["onExceed"] {
  if (budget.onExceed === "allow") return "log";
  return budget.onExceed === "approve" && isArguments ? "approve" : undefined;
}
