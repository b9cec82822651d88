import type { Ruling } from "../../core/policy/decide.ts";
import type { Call } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import type { Trail } from "../call/trail.ts";
import type { Gateway } from "./gateway.ts";

/** Counts the call in every limit that names it. Returns the refusal when one is exhausted. */
export async function takeQuota(
  call: Call,
  ruling: Ruling,
  { gateway, trail }: { readonly gateway: Gateway; readonly trail: Trail },
): Promise<Outcome | undefined> {
  // The handshake and lists count only where a limit names methods: a quota of calls is not used up by them.
  const limits = ruling.limits.filter(
    (limit) => call.subject.kind !== "method" || limit.namesMethods,
  );
  if (limits.length === 0) return undefined;
  const { checked, refused } = await gateway.limiter.check(limits, {
    agent: call.principal.agent,
    route: call.route.path,
    upstream: call.upstream.name,
    tool: call.subject.name,
    operations: ruling.decision.operations,
  });
  trail.limits = checked;
  return refused && { kind: "rate-limited", ...refused };
}
