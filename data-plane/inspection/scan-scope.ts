import type { ScanSettings } from "../../core/policy/compiled-scanning.ts";

/** Whether nothing that is found changes or stops a result: then it need not be held. */
export function onlyRecords({ results, mode, detectors }: ScanSettings): boolean {
  if (mode === "monitor") return true;
  const { secrets, hiddenCharacters, personalData, promptInjection, links } = results;
  const actions = [secrets, hiddenCharacters, personalData, promptInjection, links];
  return [...actions, ...detectors.map((detector) => detector.results)].every(
    (action) => action === "log" || action === "off",
  );
}

/** Whether results are not looked at at all. */
export function looksAtNothing({ results, detectors }: ScanSettings): boolean {
  const { secrets, hiddenCharacters, personalData, promptInjection, links } = results;
  const actions = [secrets, hiddenCharacters, personalData, promptInjection, links];
  return [...actions, ...detectors.map((detector) => detector.results)].every((it) => it === "off");
}
