import type {
  ArgumentScanSettings,
  CustomDetector,
  PersonalDataName,
  ResultScanSettings,
  ScanActionName,
  ScanSettings,
} from "../../core/policy/compiled-scanning.ts";
import type { Span } from "./confirmers.ts";
import { findCustom } from "./custom-detectors.ts";
import { findExfiltratingLinks } from "./exfiltrating-links.ts";
import { findPersonalData } from "./personal-data/personal-data.ts";
import {
  certainScore,
  type PromptContext,
  scorePromptInjections,
  suspiciousScore,
} from "./prompt-injection/prompt-injection.ts";
import type { ScanBudget } from "./scan-budget.ts";
import { inLatin } from "./scan-copy.ts";
import { type TextTraits, textTraits } from "./text-traits.ts";

type Action = Exclude<ScanActionName, "off">;

/** What a detector found in a text, and what the policy wants done about it. */
export interface Hit extends Span {
  readonly rule: string;
  /** For the token that stands in its place. */
  readonly type: string;
  /** What the token is made of; default the found text. */
  readonly normalised?: string;
  /** What it is once it is decoded, where it stands there encoded. */
  readonly decoded?: string;
  readonly action: Action;
}

/** What is looked for in each text, by action. */
export interface TextSettings {
  readonly secrets: ScanActionName;
  readonly hiddenCharacters: ScanActionName;
  readonly personalData: ScanActionName;
  readonly personalDataTypes: readonly PersonalDataName[];
  readonly promptInjection: ScanActionName;
  readonly promptInjectionFrom: ResultScanSettings["promptInjectionFrom"];
  readonly links: ScanActionName;
  readonly custom: readonly (CustomDetector & { readonly action: ScanActionName })[];
}

type WithDetectors = Pick<ScanSettings, "detectors">;

/** What the policy says of the texts of arguments. */
export function textSettingsOfArguments(
  settings: ArgumentScanSettings,
  { detectors }: WithDetectors,
): TextSettings {
  const custom = detectors.map((it) => ({ ...it, action: it.arguments }));
  return {
    ...settings,
    promptInjection: "off",
    promptInjectionFrom: "certain",
    links: "off",
    custom,
  };
}

/** What the policy says of the texts of results. */
export function textSettingsOfResults(
  settings: ResultScanSettings,
  { detectors }: WithDetectors,
): TextSettings {
  return { ...settings, custom: detectors.map((it) => ({ ...it, action: it.results })) };
}

const byStrictness = ["log", "flag", "redact", "approve", "block"] as const;

/** Whether an action does no less about what was found than another. */
export function isAsStrict(action: Action, than: Action): boolean {
  return byStrictness.indexOf(action) >= byStrictness.indexOf(than);
}

/** What is done about a text that was not looked through: anything that is looked for could stand there. */
export function strictestAction(
  settings: TextSettings,
  ...others: readonly ScanActionName[]
): Action {
  const { secrets, personalData, promptInjection, links, custom } = settings;
  const all = [secrets, personalData, promptInjection, links, ...others];
  const actions = [...all, ...custom.map((it) => it.action)];
  return byStrictness.findLast((action) => actions.includes(action)) ?? "log";
}

/** Whether anything but a record comes of what is found. */
export function acts(settings: TextSettings): boolean {
  const { secrets, hiddenCharacters, personalData, promptInjection, links, custom } = settings;
  const actions = [secrets, hiddenCharacters, personalData, promptInjection, links];
  const all = [...actions, ...custom.map((it) => it.action)];
  return all.some((action) => action === "redact" || action === "approve" || action === "block");
}

interface Text {
  readonly text: string;
  readonly settings: TextSettings;
  readonly budget: ScanBudget;
  readonly context: PromptContext;
  /** Where a text that speaks to the model might: see the prefilter. */
  readonly promptStarts: readonly number[];
  readonly traits: TextTraits;
}

/** What these detectors find in a text, but for secrets, what is hidden and what speaks to the model. */
export function findInText(input: Text): readonly Hit[] {
  const { personalData, links, custom } = input.settings;
  const hits: Hit[] = [];
  const mayBePersonal = (input.traits.all & (textTraits.digit | textTraits.at)) !== 0;
  if (personalData !== "off" && mayBePersonal) hits.push(...personalHits(input, personalData));
  if (links !== "off") hits.push(...linkHits(input, links));
  for (const detector of custom) {
    if (detector.action !== "off") hits.push(...customHits(input, detector, detector.action));
  }
  return hits;
}

function personalHits({ text, settings, budget }: Text, action: Action): readonly Hit[] {
  const { personalDataTypes: types } = settings;
  return findPersonalData(text, types, budget).map((found) => ({
    ...found,
    rule: `personal.${found.type}`,
    action,
  }));
}

/**
 * What speaks to the model. It costs most, so it comes last. The action is for what is beyond doubt: of what is only suspected the agent hears,
 * unless the policy only records or acts on that, too.
 */
export function findPrompts({
  text,
  settings,
  budget,
  context,
  promptStarts: starts,
  onExceed,
}: Text & { readonly onExceed: Action | undefined }): readonly Hit[] {
  const { promptInjection: action } = settings;
  if (action === "off") return [];
  const isSuspicionEnough =
    context === "definition" || settings.promptInjectionFrom === "suspected";
  const enough = isSuspicionEnough ? suspiciousScore : certainScore;
  return scorePromptInjections(text, { starts, budget, context }).map(
    ({ start, end, score, signals }) => {
      const span = { start, end, type: "instructions" };
      if (signals[0] === "unseen")
        return { ...span, rule: "scan.truncated", action: onExceed ?? action };
      if (score >= enough) return { ...span, rule: ruleOf(score, context), action };
      return { ...span, rule: ruleOf(score, context), action: action === "log" ? action : "flag" };
    },
  );
}

function ruleOf(score: number, context: PromptContext): string {
  const isCertain = score >= certainScore || context === "definition";
  return isCertain ? "prompt-injection" : "prompt-injection.suspected";
}

function linkHits({ text, budget }: Text, action: Action): readonly Hit[] {
  return findExfiltratingLinks(text, budget).map(({ start, end }) => ({
    start,
    end,
    rule: "links.exfiltration",
    type: "link",
    action,
  }));
}

/** Words of one's own may be spelled in letters that look alike, all of them: those are no words of another language. */
function customHits({ text, budget }: Text, detector: CustomDetector, action: Action): Hit[] {
  const { name } = detector;
  const found = [...findCustom(detector, text, budget)];
  const latin = inLatin(text);
  if (latin !== text) {
    const literals = detector.literals.map(inLatin);
    const alike = findCustom({ ...detector, literals }, latin, budget);
    const isNew = ({ start, end }: Span) => !found.some((it) => start < it.end && it.start < end);
    found.push(...alike.filter(isNew));
  }
  return found.map(({ start, end, isUnseen }) => {
    if (isUnseen) return { start, end, rule: "scan.truncated", type: "unread", action };
    // Whoever writes it in capitals means the same.
    const normalised = latin.slice(start, end).toLowerCase();
    return { start, end, rule: `custom.${name}`, type: name, normalised, action };
  });
}
