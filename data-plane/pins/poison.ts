import type { Suspicions } from "./find-suspicions.ts";

/** What a definition holds that no honest one does. */
export interface Poison extends Suspicions {
  /** Whether detectors found it that are beyond doubt, rather than that people should look. */
  readonly isCertain: boolean;
}
