import type { ScanSettings } from "../../core/policy/compiled-scanning.ts";
import type { ToolCall } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import type { Gateway } from "./gateway.ts";
import { toFailure } from "./to-failure.ts";

/** The schema that arguments must fit, as far as that is checked. */
export async function findSchema(
  call: ToolCall,
  scan: ScanSettings,
  gateway: Gateway,
): Promise<{ kind: "known"; inputSchema: unknown } | { kind: "ended"; outcome: Outcome }> {
  if (scan.arguments.schema === "off") return { kind: "known", inputSchema: undefined };
  try {
    const found = await gateway.catalog.find(call, call.tool, {
      inSession: gateway.pins.isDoubtful(call.upstream, { kind: "tool", name: call.tool }),
    });
    if (found.kind === "unknown") return ended({ kind: "unknown-tool", tool: call.tool });
    if (found.kind === "refused") return ended({ kind: "answered", answer: found.answer });
    return { kind: "known", inputSchema: found.tool.inputSchema };
  } catch (error) {
    return ended(toFailure(error, call, gateway.log));
  }
}

function ended(outcome: Outcome): { readonly kind: "ended"; readonly outcome: Outcome } {
  return { kind: "ended", outcome };
}
