import type { ScanSettings } from "../../core/policy/compiled-policy.ts";
import type { ToolCall } from "../call/agent-request.ts";
import type { Answer, Outcome, PassedAnswer } from "../call/outcome.ts";
import { isObject } from "../mcp/json-rpc.ts";
import { type Asked, ask, inspectAsked } from "./ask.ts";
import type { Way } from "./gateway.ts";
import { toFailure } from "./to-failure.ts";

/** Records the intent, forwards the call, and inspects what comes back. */
export async function forwardCall(
  call: ToolCall,
  scan: ScanSettings,
  way: Way & { readonly approvalId?: string },
): Promise<Outcome> {
  const { gateway, trail, approvalId } = way;
  const recorded = await trail.time("intent", () => gateway.audit.intent(call, trail));
  if (!recorded && call.config.policy.audit.whenUnwritable === "block") {
    if (approvalId) await gateway.approvals.finish(approvalId, "failed");
    return {
      kind: "unavailable",
      reason: "the audit record cannot be written, so nothing is executed",
    };
  }
  let asked: Asked;
  try {
    asked = await trail.time("upstream", () => ask(call, scan, way));
  } catch (error) {
    // Whether the upstream acted before it fell silent cannot be known.
    if (approvalId) await finish(way, approvalId, "indeterminate");
    return toFailure(error, call, gateway.log);
  }
  if (approvalId) await finish(way, approvalId, isFailure(asked.answer) ? "failed" : "succeeded");
  return await trail.time("result", () => inspectAsked(asked, scan, way));
}

async function finish(
  { gateway, trail }: Way,
  approvalId: string,
  state: "succeeded" | "failed" | "indeterminate",
): Promise<void> {
  await gateway.approvals.finish(approvalId, state);
  if (trail.approval) trail.approval = { ...trail.approval, state };
}

function isFailure(answer: Answer | PassedAnswer): boolean {
  if (answer.via === "passed") return answer.isToolError;
  if (answer.via === "resumable-stream") return false;
  if (!isObject(answer.message)) return true;
  const { error, result } = answer.message;
  return error !== undefined || (isObject(result) && result["isError"] === true);
}
