import { RE2JS } from "re2js";
import { defaultScanSettings } from "../../../core/policy/compile-scanning.ts";
import type {
  ArgumentKindName,
  CustomDetector,
  ScanSettings,
} from "../../../core/policy/compiled-scanning.ts";
import { compileGlob, type GlobMatcher, globOf } from "../../../core/policy/glob.ts";
import type { Showing } from "../../call/redactor.ts";
import type { RedactionSecret } from "../redaction-keys.ts";

/** What a thread must know of the settings, as JSON: patterns and globs are compiled there again. */
interface SentSettings extends Pick<ScanSettings, "mode" | "results" | "budget"> {
  readonly arguments: Omit<ScanSettings["arguments"], "kinds" | "urlHosts">;
  readonly kinds: readonly (readonly [string, ArgumentKindName])[];
  readonly urlHosts: readonly string[];
  readonly detectors: readonly (Omit<CustomDetector, "pattern"> & {
    readonly pattern: { readonly source: string; readonly flags: number } | undefined;
  })[];
  readonly exceptions: readonly {
    readonly rule: string;
    readonly path: string;
    readonly untilMs: number;
  }[];
}

/** What tokens are made of, as a thread is given it. */
export interface SentSecret {
  readonly redactionKey: Uint8Array;
  readonly redactionEpochDays: number | undefined;
}

/** For {@link readSecret}. */
export function sentSecret({ redactionKey, redactionEpochDays }: RedactionSecret): SentSecret {
  return { redactionKey: new Uint8Array(redactionKey), redactionEpochDays };
}

/** What {@link sentSecret} was given. */
export function readSecret({ redactionKey, redactionEpochDays }: SentSecret): RedactionSecret {
  const secret = { redactionKey: Buffer.from(redactionKey) };
  return redactionEpochDays === undefined ? secret : { ...secret, redactionEpochDays };
}

/** What is taken out of a record, as threads can send it to each other. Empty: nothing. */
export interface SentShowing {
  readonly showing?: Omit<Showing, "scans"> & { readonly scans: readonly string[] };
}

const written = new WeakMap<ScanSettings, string>();

/** The settings as threads can send them to each other. Undefined: a matcher is not made of one glob. */
export function writeSettings(settings: ScanSettings): string | undefined {
  const known = written.get(settings);
  if (known !== undefined) return known;
  const { mode, results, budget, detectors, exceptions } = settings;
  const { kinds, urlHosts, ...rest } = settings.arguments;
  const matchers = [...urlHosts, ...exceptions.flatMap((it) => [it.matchesRule, it.matchesPath])];
  if (matchers.some((matcher) => globOf(matcher) === undefined)) return undefined;
  const sent: SentSettings = {
    mode,
    results,
    budget,
    arguments: rest,
    kinds: [...kinds],
    urlHosts: urlHosts.map(sourceOf),
    detectors: detectors.map(({ pattern, ...detector }) => ({
      ...detector,
      pattern: pattern && { source: pattern.pattern(), flags: pattern.flags() },
    })),
    exceptions: exceptions.map(({ matchesRule, matchesPath, untilMs }) => ({
      rule: sourceOf(matchesRule),
      path: sourceOf(matchesPath),
      untilMs,
    })),
  };
  const text = JSON.stringify(sent);
  written.set(settings, text);
  return text;
}

/** Undefined: it cannot be sent. */
export function sentShowing(showing: Showing | undefined): SentShowing | undefined {
  if (!showing) return {};
  const scans = showing.scans.map(writeSettings).filter((it) => it !== undefined);
  if (scans.length < showing.scans.length) return undefined;
  return { showing: { ...showing, scans } };
}

function sourceOf(matcher: GlobMatcher): string {
  return globOf(matcher) ?? "";
}

/** What {@link writeSettings} wrote. */
export function readSettings(text: string): ScanSettings {
  const sent = JSON.parse(text) as SentSettings;
  const { mode, results, budget, kinds, urlHosts, detectors, exceptions } = sent;
  return {
    ...defaultScanSettings,
    mode,
    results,
    budget,
    arguments: { ...sent.arguments, kinds: new Map(kinds), urlHosts: urlHosts.map(compileGlob) },
    detectors: detectors.map(({ pattern, ...detector }) => ({
      ...detector,
      pattern: pattern && RE2JS.compile(pattern.source, pattern.flags),
    })),
    exceptions: exceptions.map(({ rule, path, untilMs }) => ({
      matchesRule: compileGlob(rule),
      matchesPath: compileGlob(path),
      untilMs,
    })),
  };
}
