import type { CompiledScanning, ScanSettings } from "./compiled-scanning.ts";

/** What is looked at, with what one override says of it. */
export function overridden(
  settings: ScanSettings,
  override: CompiledScanning["overrides"][number],
): ScanSettings {
  return {
    ...settings,
    arguments: { ...settings.arguments, ...override.arguments },
    results: { ...settings.results, ...override.results },
    definitions: { ...settings.definitions, ...override.definitions },
  };
}
