import type { AgentRequest } from "../call/agent-request.ts";
import { canKeep } from "../call/redacted-value.ts";
import type { InspectionVerdict } from "../inspection/inspector.ts";
import type { Way } from "./gateway.ts";

/** The types of what is to be kept of what is taken out of what an agent hears. Empty: the policy keeps nothing. */
export function keptTypes(request: AgentRequest): { readonly keep?: readonly string[] } {
  const { vault } = request.config.policy.scanning;
  return vault && canKeep(request) ? { keep: [...vault.types] } : {};
}

/** Keeps what was taken out of what the agent is about to hear. Never rejects: what is not kept is counted, and its token stands for nothing. */
export async function keepValues(
  request: AgentRequest,
  verdict: InspectionVerdict,
  { gateway, trail }: Pick<Way, "gateway" | "trail">,
): Promise<void> {
  const { vault } = request.config.policy.scanning;
  if (!vault || verdict.kind !== "redacted" || !verdict.taken) return;
  const { values, more } = verdict.taken;
  if (values.length + more === 0) return;
  const keep = () => gateway.vault.keep(request, values, vault.keepForMs);
  const lost = values.length > 0 ? await trail.time("vault", keep) : 0;
  trail.kept += values.length - lost;
  trail.notKept += lost + more;
}
