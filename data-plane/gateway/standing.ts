import type { CompiledPolicy } from "../../core/policy/compiled-policy.ts";
import type { ScanSettings } from "../../core/policy/compiled-scanning.ts";
import { consult, mayUse } from "../../core/policy/decide.ts";
import { type AgentRequest, factsOf, type Subject } from "../call/agent-request.ts";
import { isObject } from "../mcp/json-rpc.ts";
import type { Gateway } from "./gateway.ts";

type Now = Pick<Gateway, "currentConfig">;

/**
 * How what comes on a stream that stays open is looked at: as the policy of the moment says.
 * The one under which the stream was opened may be days old.
 */
export function scanNow(request: AgentRequest, subject: Subject, now: Now): () => ScanSettings {
  let known: { readonly policy: CompiledPolicy; readonly scan: ScanSettings } | undefined;
  return () => {
    const policy = policyNow(request, now);
    if (known?.policy !== policy) {
      known = { policy, scan: consult(policy, factsOf(request, subject, undefined)).scan };
    }
    return known.scan;
  };
}

/** Whether a message speaks of a resource that the agent subscribed to and may not read any more. */
export function isHiddenUpdate(message: unknown, request: AgentRequest, now: Now): boolean {
  if (!isObject(message) || message["method"] !== "notifications/resources/updated") return false;
  const uri = isObject(message["params"]) ? message["params"]["uri"] : undefined;
  if (typeof uri !== "string") return false;
  const facts = factsOf(request, { kind: "resource", name: uri }, undefined);
  return !mayUse(policyNow(request, now), facts);
}

function policyNow({ config }: AgentRequest, { currentConfig }: Now): CompiledPolicy {
  return currentConfig()?.policy ?? config.policy;
}
