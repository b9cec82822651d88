import type { Outcome } from "../call/outcome.ts";
import { refusalFields } from "./rate-limit-fields.ts";

type RateLimited = Extract<Outcome, { kind: "rate-limited" }>;

/** A refusal by a limit: what is counted, and when to come back. */
export function describeRateLimit(outcome: RateLimited) {
  const { limit, scope, retryAfterMs, source } = outcome;
  const isCounted = source !== "none";
  const data = { kind: "rate-limited", limit, scope, retryAfterMs, counted: countedBy[source] };
  return {
    status: 429,
    message: isCounted
      ? `Limit ${limit} is reached (${scope}). Try again in ${retryAfterMs} ms.`
      : `Limit ${limit} cannot be checked now (${scope}). Try again in ${retryAfterMs} ms.`,
    data,
    headers: isCounted
      ? refusalFields(outcome)
      : { "retry-after": String(Math.ceil(retryAfterMs / 1_000)) },
  };
}

/** Who counted: all proxies together, this proxy its share, or nobody. */
const countedBy: Readonly<Record<RateLimited["source"], string>> = {
  redis: "everywhere",
  local: "by this proxy alone",
  none: "not at all",
};

/** The same as a tool result: models read results, and this one says when to come back. */
export function rateLimitResult(outcome: RateLimited) {
  const { message, data } = describeRateLimit(outcome);
  const { kind: _, ...limit } = data;
  return {
    content: [{ type: "text", text: `This call was not made. ${message}` }],
    isError: true,
    _meta: { "mcpgateway/limit": limit },
  };
}
