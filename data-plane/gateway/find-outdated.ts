import type { DefinitionName } from "../../core/pins/definition-kind.ts";
import type { Call } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import type { ListedDefinition } from "../pins/listed-definition.ts";
import type { Gateway, Way } from "./gateway.ts";
import { settingsFor } from "./review-definitions.ts";

/** What the server lists under one name, or how the call ends instead. */
export type Looked =
  | { readonly listed: readonly ListedDefinition[] }
  | { readonly outcome: Outcome };

interface Asked {
  readonly named: DefinitionName & { readonly kind: "tool" | "prompt" };
  /** A list that was read longer ago is read again. */
  readonly look: (maxAgeMs: number) => Promise<Looked>;
}

/** A list that was read before this agent's own may show what it was shown before. */
const freshForMs = 1_000;

/** Whether agents may know another definition of it, which was accepted when they were shown it. */
export function mayBeOutdated(call: Call, named: DefinitionName, { shown }: Gateway): boolean {
  return shown.hasMoved(call, named) && settingsFor(call, named).changed !== "off";
}

/**
 * How a call ends whose agent was shown another definition than its server has now, though both were accepted. Undefined: it goes on.
 * Rejects as `look` does.
 */
export async function findOutdated(
  call: Call,
  { named, look }: Asked,
  way: Way,
): Promise<Outcome | undefined> {
  const { gateway, trail } = way;
  for (const maxAgeMs of [freshForMs, 0]) {
    const looked = await look(maxAgeMs);
    if ("outcome" in looked) return looked.outcome;
    const isCurrent = await knowsIt(call, named, { listed: looked.listed, gateway });
    if (isCurrent === "unknown") return unknown(named);
    if (isCurrent) return undefined;
  }
  const isHeld = settingsFor(call, named).changed === "quarantine";
  trail.findings.push({
    rule: "definition.outdated",
    direction: "arguments",
    pointer: "",
    action: isHeld ? "blocked" : "logged",
  });
  return isHeld ? await tell(call, named, way) : undefined;
}

/** Whether the agent was shown it as it is listed. */
async function knowsIt(
  call: Call,
  named: DefinitionName,
  { listed, gateway }: { readonly listed: readonly ListedDefinition[]; readonly gateway: Gateway },
): Promise<boolean | "unknown"> {
  try {
    return !(await gateway.shown.isOutdated(call, named, listed));
  } catch (error) {
    gateway.log.error({ err: error, callId: call.callId }, "what an agent was shown is not known");
    return "unknown";
  }
}

function unknown({ kind }: DefinitionName): Outcome {
  const reason = `the definition of this ${kind} has changed, and whether you know the new one cannot be told now`;
  return { kind: "unavailable", reason };
}

async function tell(call: Call, { kind, name }: Asked["named"], { reply }: Way): Promise<Outcome> {
  // Who hears it lists again by itself. In the modern era it is told where the agent listens for it.
  if (call.era === "legacy") {
    const message = { jsonrpc: "2.0", method: `notifications/${kind}s/list_changed` };
    await reply.send({ event: "message", data: JSON.stringify(message) });
  }
  return {
    kind: "quarantined",
    what: kind,
    name: `${call.upstream.name}/${name}`,
    standing: "outdated",
  };
}
