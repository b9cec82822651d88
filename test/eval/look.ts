import { defaultScanSettings } from "../../core/policy/compile-scanning.ts";
import type { PersonalDataName, ScanSettings } from "../../core/policy/compiled-scanning.ts";
import { type InspectionVerdict, Inspector } from "../../data-plane/inspection/inspector.ts";
import type { Sample } from "./sample.ts";
import { type Detector, detectors } from "./tally.ts";

const structural: readonly PersonalDataName[] = ["card", "iban", "email", "ssn"];
const inspector = new Inspector({ redactionKey: Buffer.alloc(32, 1) });

/** The strictest policy: whatever is found blocks, but for what is only suspected. */
const strict = settingsOf(new Set(detectors));
const alone = detectors.map((detector) => [detector, settingsOf(new Set([detector]))] as const);

/** What the strictest policy makes of a sample. */
export function look(sample: Sample): InspectionVerdict {
  return lookWith(sample, strict);
}

/** Milliseconds of the processor that all detectors together (`any`) need for a sample, and each of them with the others off. */
export function timesOf(sample: Sample): readonly (readonly [Detector | "any", number])[] {
  return [["any", strict] as const, ...alone].map(([detector, settings]) => {
    const before = process.threadCpuUsage();
    lookWith(sample, settings);
    const { user, system } = process.threadCpuUsage(before);
    return [detector, (user + system) / 1_000] as const;
  });
}

function lookWith(sample: Sample, settings: ScanSettings): InspectionVerdict {
  if (sample.arguments) {
    return inspector.inspectArguments({
      arguments: sample.arguments,
      ...(sample.schema !== undefined && { inputSchema: sample.schema }),
      settings,
    });
  }
  const result =
    sample.definition === undefined
      ? { content: [{ type: "text", text: sample.text }] }
      : { tools: [sample.definition] };
  return inspector.inspectMessage({ message: { jsonrpc: "2.0", id: 1, result }, settings });
}

function settingsOf(on: ReadonlySet<Detector>): ScanSettings {
  const block = (detector: Detector) => (on.has(detector) ? "block" : "off");
  const personalData = on.has("personal") ? "log" : "off";
  return {
    ...defaultScanSettings,
    arguments: {
      ...defaultScanSettings.arguments,
      schema: "off",
      unknownArguments: "off",
      secrets: block("secrets"),
      hiddenCharacters: block("hidden"),
      injection: block("injection"),
      personalData,
      personalDataTypes: structural,
    },
    results: {
      secrets: block("secrets"),
      hiddenCharacters: block("hidden"),
      personalData,
      personalDataTypes: structural,
      promptInjection: block("prompt-injection"),
      promptInjectionFrom: "certain",
      links: block("links"),
    },
  };
}
