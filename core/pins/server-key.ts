import { createHash } from "node:crypto";
import type { CompiledUpstream } from "../policy/compiled-policy.ts";

/**
 * Names a server in the pins: the upstream's name and what stands for its address or command. Another server
 * under the same name begins without pins: who pushed that policy meant it.
 */
export function serverKeyOf({ name, target }: Pick<CompiledUpstream, "name" | "target">): string {
  const place = target.kind === "command" ? target.command : target.url;
  const text = JSON.stringify([target.kind, place]);
  return `${name}~${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
}
