import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { CompiledApproval } from "../../core/policy/compiled-policy.ts";
import type { ToolCall } from "../call/agent-request.ts";

/**
 * What makes two calls identical, as SHA-256 over the canonical form (RFC 8785): who asks whom for exactly what.
 * It does not depend on the policy, so that a push leaves identical calls together.
 */
export function identityOf(call: ToolCall): string {
  return digest(askedIn(call));
}

/** Everything that an approval is bound to: the call, the tool as it was described, the policy, and for how long. */
export function digestOf(
  call: ToolCall,
  bound: { readonly definitionHash: string; readonly approval: CompiledApproval },
): string {
  const { expiresAfterMs, executeWithinMs } = bound.approval;
  return digest({
    ...askedIn(call),
    definitionHash: bound.definitionHash,
    policyVersion: call.config.version,
    expiry: { expiresAfterMs, executeWithinMs },
  });
}

/** SHA-256 over a tool's definition, all of it but what changes from list to list. */
export function definitionHashOf({ _meta, ...listed }: Readonly<Record<string, unknown>>): string {
  return digest(listed);
}

function askedIn(call: ToolCall) {
  // All of the params: an upstream may heed what the policy does not know. Only _meta differs from try to try.
  const { _meta, ...params } = call.message.params ?? {};
  return {
    tenant: call.principal.tenant ?? "",
    agent: call.principal.agent,
    route: call.route.path,
    upstream: call.upstream.name,
    tool: call.tool,
    params,
  };
}

function digest(value: object): string {
  return createHash("sha256")
    .update(canonicalize(value) ?? "")
    .digest("hex");
}
