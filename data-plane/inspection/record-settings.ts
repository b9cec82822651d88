import type { PersonalDataName, ScanActionName } from "../../core/policy/compiled-scanning.ts";
import type { Showing } from "../call/redactor.ts";
import type { TextSettings } from "./text-detectors.ts";

const none = {
  hiddenCharacters: "off",
  promptInjection: "off",
  promptInjectionFrom: "certain",
  links: "off",
} as const;

/** Of what is in no policy's hands yet. Telephone numbers look like many others. */
const unlessSaid: readonly PersonalDataName[] = ["card", "iban", "email", "ssn"];

/** What is taken out wherever it stands. */
export const secretsOnly: TextSettings = {
  ...none,
  secrets: "redact",
  personalData: "off",
  personalDataTypes: [],
  custom: [],
};

/**
 * What is taken out of what is recorded or shown: secrets, and what the policy takes out of the call, or stops it for, on its way to
 * the upstream or back. Monitoring and exceptions change what passes, not what is written down. People
 * who decide see what they are asked about, and nothing but arguments.
 */
export function recordSettings({ scans, to }: Showing): TextSettings {
  const isRecord = to === "record";
  const hides = (action: ScanActionName) =>
    action === "redact" || action === "block" || (action === "approve" && isRecord);
  const said = scans.flatMap((scan) => [scan.arguments, ...(isRecord ? [scan.results] : [])]);
  const hidden = said.flatMap((it) => (hides(it.personalData) ? it.personalDataTypes : []));
  const types = scans.length === 0 ? unlessSaid : hidden;
  const custom = scans
    .flatMap(({ detectors }) => detectors)
    .filter((it) => hides(it.arguments) || (isRecord && hides(it.results)))
    .map((it) => [it.name, { ...it, action: "redact" }] as const);
  return {
    ...secretsOnly,
    ...(types.length > 0 && { personalData: "redact", personalDataTypes: [...new Set(types)] }),
    custom: [...new Map(custom).values()],
  };
}
