import type { Ruling } from "../../core/policy/decide.ts";
import type { ToolCall } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import { canKeep } from "../call/redacted-value.ts";
import { tokensOf } from "../inspection/vault/in-place.ts";
import type { Way } from "./gateway.ts";
import { labelsOf } from "./labels-of-call.ts";

/** What the tokens of a call stand for. Never recorded, logged or shown. */
export interface Restorable {
  readonly values: ReadonlyMap<string, string>;
  /** By token. */
  readonly types: ReadonlyMap<string, string>;
}

/**
 * Looks up what the tokens in the arguments of a call stand for, where the policy lets its tool have that. Redis is asked only where there
 * are such tokens. Undefined: they stand for nothing here.
 */
export async function findRestorable(
  call: ToolCall,
  { restores, flows }: Ruling,
  { gateway }: Pick<Way, "gateway">,
): Promise<Restorable | { readonly outcome: Outcome } | undefined> {
  if (restores.size === 0 || !canKeep(call)) return undefined;
  const types = tokensOf(call.arguments, restores);
  if (!types) return { outcome: { kind: "blocked", reason: tooMany } };
  if (types.size === 0) return undefined;
  const labelled = await labelsOf(call, flows, gateway);
  if ("outcome" in labelled) return labelled;
  if (labelled.labels.has("can-send")) return { outcome: cannotGetValues(call) };
  try {
    const values = await gateway.vault.look(call, [...types.keys()]);
    return values.size > 0 ? { values, types } : undefined;
  } catch (error) {
    gateway.log.warn(
      { err: error, callId: call.callId },
      "what tokens stand for cannot be looked up",
    );
    return { outcome: { kind: "unavailable", reason: unknownNow } };
  }
}

/** Whatever the policy says of the vault: what leaves the house, leaves it as a token. */
export function cannotGetValues({ tool }: ToolCall): Extract<Outcome, { kind: "blocked" }> {
  const reason = `${tool} can carry what it is given to others, so it never gets the private values that redaction tokens ([[mcpgw:…]], u-…@redacted.invalid) stand for. The call was not made and nothing was done. Leave the tokens out, or ask the user what to do`;
  return { kind: "blocked", reason };
}

const tooMany =
  "there are more than 100 different redaction tokens in the arguments. The call was not made and nothing was done. Make several calls with fewer tokens each";
const unknownNow =
  "what the redaction tokens in the arguments stand for cannot be looked up now, so the call was not made and nothing was done; try again later";
