import { hkdfSync } from "node:crypto";
import type { Settings } from "./settings.ts";

/** Keys that were configured, or one that all proxies of a fleet make of what they share. */
export function sessionKeysOf({
  sessionKeys,
  joinToken,
}: Pick<Settings, "sessionKeys" | "joinToken">): readonly Buffer[] {
  if (sessionKeys.length > 0) return sessionKeys;
  return [Buffer.from(hkdfSync("sha256", joinToken, "", "mcpgw session", 32))];
}

/** What agents of one tenant read is traced alike by all proxies of a fleet. */
export function traceSecretOf(joinToken: string): Buffer {
  return Buffer.from(hkdfSync("sha256", joinToken, "", "mcpgw traces", 32));
}

/** All proxies of a fleet make the same token of the same secret value, so that records correlate. */
export function redactionKeyOf(joinToken: string): Buffer {
  return Buffer.from(hkdfSync("sha256", joinToken, "", "mcpgw redaction", 32));
}
