import { consult, type Ruling } from "../../core/policy/decide.ts";
import { type Call, factsOf } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import type { LimitSubject } from "../limits/counter.ts";
import type { LimitResult } from "../limits/reading.ts";
import type { Way } from "./gateway.ts";

/** What one call takes of the shared quotas. It is ended in every case, so that its place among the calls under way is free again. */
export class CallQuota {
  readonly #call: Call;
  readonly #way: Way;
  readonly #admission;

  constructor(call: Call, way: Way) {
    this.#call = call;
    this.#way = way;
    this.#admission = way.gateway.limiter.admission();
  }

  /** Counts the call in every limit that names it. Returns the refusal when one is exhausted. */
  async take(ruling: Ruling): Promise<Outcome | undefined> {
    const charges = chargesOf(this.#call, ruling);
    return this.#note(await this.#admission.take(charges, subjectOf(this.#call, ruling)));
  }

  /** Whether there is room for a call that waits for people before it is made: waiting uses nothing up. */
  async look(ruling: Ruling): Promise<Outcome | undefined> {
    const charges = chargesOf(this.#call, ruling);
    return this.#note(await this.#admission.look(charges, subjectOf(this.#call, ruling)));
  }

  /** For a call that waits on: it needs no more than its place, where a limit counts those that wait. */
  async wait(ruling: Ruling): Promise<Outcome | undefined> {
    const charges = chargesOf(this.#call, ruling);
    return this.#note(await this.#admission.wait(charges, subjectOf(this.#call, ruling)));
  }

  /** Counts a call that has waited, by what the policy says now. */
  takeAfterWaiting(): Promise<Outcome | undefined> {
    const call = this.#call;
    const policy = this.#way.gateway.currentConfig()?.policy ?? call.config.policy;
    const args = "arguments" in call ? (call.arguments as Readonly<Record<string, unknown>>) : {};
    return this.take(consult(policy, factsOf(call, call.subject, args)));
  }

  /** Takes back what was counted: the call is not made after all. */
  refund(): Promise<void> {
    return this.#admission.refund();
  }

  end(): void {
    this.#admission.end();
  }

  #note({ checked, refused }: LimitResult): Outcome | undefined {
    this.#way.trail.limits = checked;
    if (!refused) this.#way.reply.showLimits?.(checked);
    return refused && { kind: "rate-limited", ...refused };
  }
}

/** The handshake and lists count only where a limit names methods: a quota of calls is not used up by them. */
function chargesOf(call: Call, { charges }: Ruling): Ruling["charges"] {
  return charges.filter(({ limit }) => call.subject.kind !== "method" || limit.namesMethods);
}

function subjectOf(call: Call, { decision }: Ruling): LimitSubject {
  const { principal, route, upstream, subject, headers } = call;
  const name = `${upstream.name}/${subject.name}`;
  return {
    tenant: principal.tenant ?? "",
    agent: principal.agent,
    groups: principal.groups,
    route: route.path,
    upstream: upstream.name,
    tool: subject.kind === "tool" ? name : `${subject.kind} ${name}`,
    operations: decision.operations,
    session: headers["mcp-session-id"] ?? "",
  };
}
