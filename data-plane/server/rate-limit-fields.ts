import type { CheckedLimit } from "../call/trail.ts";

type Quota = CheckedLimit["quota"];

interface Refused {
  readonly limit: string;
  readonly quota: Quota;
  readonly retryAfterMs: number;
}

/** Units of draft-ietf-httpapi-ratelimit-headers-11, §3.1; requests are the default. */
const units: Readonly<Record<Quota["kind"], string>> = {
  requests: "",
  concurrent: ';qu="concurrent-requests"',
  cost: ';qu="cost"',
  subjects: ';qu="subjects"',
};

/**
 * The fields RateLimit-Policy and RateLimit for the limits that count this agent apart. What is left of a limit
 * that it shares with others says what they do, so that is told to nobody.
 */
export function rateLimitFields(limits: readonly CheckedLimit[]): Record<string, string> {
  const own = limits.filter(({ isOwn, shadow, source }) => isOwn && !shadow && source !== "none");
  if (own.length === 0) return {};
  return {
    "ratelimit-policy": own.map(({ name, quota }) => policyItem(name, quota)).join(", "),
    ratelimit: own.map(({ name, remaining }) => `"${name}";r=${remaining}`).join(", "),
  };
}

/** The fields of a refusal: the limit that refused, and the seconds until there is room. */
export function refusalFields(limit: Refused): Record<string, string> {
  return { "retry-after": String(secondsOf(limit)), ...exhaustedFields(limit) };
}

/** As {@link refusalFields}, for a refusal that HTTP takes for a success. */
export function exhaustedFields(limit: Refused): Record<string, string> {
  return {
    "ratelimit-policy": policyItem(limit.limit, limit.quota),
    ratelimit: `"${limit.limit}";r=0;t=${secondsOf(limit)}`,
  };
}

function secondsOf({ retryAfterMs }: Refused): number {
  return Math.ceil(retryAfterMs / 1_000);
}

/** Names of limits need no escaping in a structured field (RFC 9651): the policy allows them letters, digits, ".", "_" and "-". */
function policyItem(name: string, { kind, amount, windowMs }: Quota): string {
  const window = windowMs === undefined ? "" : `;w=${Math.ceil(windowMs / 1_000)}`;
  return `"${name}";q=${amount}${units[kind]}${window}`;
}
