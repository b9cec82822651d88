import type { Outcome } from "../call/outcome.ts";
import { gatewayCodes, type Refusal } from "./refusal.ts";

type Blocked = Extract<Outcome, { kind: "blocked" }>;

/** Of a request that is no tool call. */
export function blockedRefusal({ reason, rules }: Blocked): Refusal {
  return {
    status: 200,
    code: gatewayCodes.blocked,
    message: wordsFor(reason),
    data: { kind: "blocked", ...(rules && { findings: rules }) },
  };
}

/** Of a tool call: models read results, and clients may keep errors to themselves. Never holds what was found. */
export function blockedResult({ reason, rules }: Blocked): object {
  return {
    content: [{ type: "text", text: wordsFor(reason) }],
    isError: true,
    _meta: { "mcpgateway/findings": rules ?? [] },
  };
}

const wordsFor = (reason: string) => `Blocked by the gateway: ${reason}`;
