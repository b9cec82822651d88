import type { ArgumentScanSettings } from "../../core/policy/compiled-scanning.ts";

/** What no honest call holds: letters that only machines see, and the address that hands out a machine's credentials. */
const certain = {
  hidden: ["hidden.tag-characters"],
  injection: ["injection.url.metadata-service", "injection.shell.metadata-service"],
} as const;

/** The rules that block a call although the policy does not say what is done about what their detector finds. */
export function blockedUnasked({
  blocksCertainlyHidden,
  blocksCertainInjection,
}: ArgumentScanSettings): ReadonlySet<string> {
  return new Set<string>([
    ...(blocksCertainlyHidden ? certain.hidden : []),
    ...(blocksCertainInjection ? certain.injection : []),
  ]);
}
