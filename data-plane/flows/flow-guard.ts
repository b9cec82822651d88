import type { CompiledFlow, FlowRuling } from "../../core/policy/compiled-flows.ts";
import type { CompiledApproval } from "../../core/policy/compiled-policy.ts";
import type { CallLabel, SessionLabel } from "../../core/policy/flow-labels.ts";
import type { Logger } from "../../core/service/log.ts";
import type { Call } from "../call/agent-request.ts";
import type { Finding } from "../call/finding.ts";
import { describeFlow, findingsOf } from "./evidence.ts";
import { asksForTaint, isMet, possibleFlows } from "./find-flows.ts";
import type { Source, Taint, TaintOwner, TaintStore } from "./taint-store.ts";

/** What the flows say of a call. */
export type FlowVerdict =
  | { readonly kind: "clear"; readonly findings: readonly Finding[] }
  | {
      readonly kind: "held";
      readonly findings: readonly Finding[];
      readonly approval: CompiledApproval;
      /** "flow." and its name. */
      readonly rule: string;
      /** For the people who decide. */
      readonly reason: string;
    }
  /** The reason is for the model. */
  | { readonly kind: "blocked"; readonly findings: readonly Finding[]; readonly reason: string }
  /** What was read before cannot be known. */
  | { readonly kind: "unavailable"; readonly reason: string };

/** A call, and what it does. */
export interface LabelledCall {
  readonly call: Call;
  readonly labels: ReadonlySet<CallLabel>;
}

const nothing: Taint = new Map();

/** Watches over what comes together in one session: what its agent read, and what it sends. */
export class FlowGuard {
  readonly #store: Pick<TaintStore, "look" | "note">;
  readonly #log: Logger;

  constructor(options: {
    readonly store: Pick<TaintStore, "look" | "note">;
    readonly log: Logger;
  }) {
    this.#store = options.store;
    this.#log = options.log;
  }

  /** Whether a call may be made after what was read before. Redis is asked only where that matters. */
  async judge(labelled: LabelledCall, { flows }: FlowRuling): Promise<FlowVerdict> {
    const { call, labels } = labelled;
    const possible = possibleFlows(flows, labels);
    if (possible.length === 0) return { kind: "clear", findings: [] };
    let taint = nothing;
    if (acting(possible, (flow) => !asksForTaint(flow)).some(asksForTaint)) {
      try {
        taint = await this.#store.look(ownerOf(call));
      } catch (error) {
        this.#log.error({ err: error, callId: call.callId }, "what was read cannot be looked up");
        if (possible.some(isStrict)) return { kind: "unavailable", reason: unknownTaint };
      }
    }
    return verdictOf(
      acting(possible, (flow) => isMet(flow, labels, taint)).filter((flow) =>
        isMet(flow, labels, taint),
      ),
      { ...labelled, taint },
    );
  }

  /** Notes what a call reads, before it is made. Resolves to why it must not be made, where flows depend on it. */
  async note({ call, labels }: LabelledCall): Promise<{ readonly reason: string } | undefined> {
    return await this.#note(call, [...labels].filter(isRead), unnotedCall);
  }

  /** Notes that a result has signs of text that speaks to the model. Resolves to why it must not be shown. */
  async suspect(call: Call): Promise<{ readonly reason: string } | undefined> {
    return await this.#note(call, ["suspicious", "reads-untrusted"], unnotedResult);
  }

  async #note(call: Call, labels: readonly SessionLabel[], reason: string) {
    const { remembers, enforces } = call.config.policy.scanning.flows;
    const noted = labels.filter((label) => remembers.has(label));
    if (noted.length === 0) return undefined;
    try {
      await this.#store.note(ownerOf(call), noted, sourceOf(call));
    } catch (error) {
      this.#log.error({ err: error, callId: call.callId }, "what is read could not be noted");
      if (enforces) return { reason };
    }
    return undefined;
  }
}

const unknownTaint =
  "what was read before cannot be looked up now, so nothing is sent. Try again in a while";
const unnotedCall =
  "what this call reads cannot be noted now, so it was not made. Try again in a while";
const unnotedResult =
  "what the result holds could not be noted, so it is not shown. The call itself was made; do not repeat it for this reason";

/** Those that have a say: where one allows, only those that block. */
function acting(
  flows: readonly CompiledFlow[],
  isKnownToBeMet: (flow: CompiledFlow) => boolean,
): readonly CompiledFlow[] {
  const isAllowed = flows.some((flow) => flow.action === "allow" && isKnownToBeMet(flow));
  return flows.filter(({ action }) => action === "block" || (action !== "allow" && !isAllowed));
}

function verdictOf(
  met: readonly CompiledFlow[],
  { call, labels, taint }: LabelledCall & { readonly taint: Taint },
): FlowVerdict {
  const findings = met.flatMap((flow) => findingsOf(flow, labels, taint));
  const enforced = met.filter(({ mode }) => mode === "enforce");
  const blocking = enforced.find(({ action }) => action === "block");
  if (blocking) return { kind: "blocked", findings, reason: refusalBy(blocking) };
  const { approvals } = call.config.policy;
  const [holding] = enforced
    .flatMap((flow) => {
      const approval = approvals.get(flow.approval ?? "");
      return approval ? [{ flow, approval }] : [];
    })
    .toSorted((one, other) => other.approval.quorum - one.approval.quorum);
  if (!holding) return { kind: "clear", findings };
  const { approval, flow } = holding;
  const { name, reason } = flow;
  const why = `In this session ${describeFlow(flow)}.`;
  return {
    kind: "held",
    findings,
    approval,
    rule: `flow.${name}`,
    reason: reason === "" ? why : `${reason} ${why}`,
  };
}

/** For the model: which rule, why, and what to do. */
export function refusalBy(flow: CompiledFlow): string {
  const why = `in this session ${describeFlow(flow)} (flow ${flow.name})`;
  const words = flow.reason === "" ? "" : ` ${flow.reason}`;
  return `${why}.${words} Do not try another way: tell the user what you wanted to do`;
}

function isStrict({ action, mode }: CompiledFlow): boolean {
  return mode === "enforce" && (action === "approve" || action === "block");
}

function isRead(label: CallLabel): label is CallLabel & SessionLabel {
  return label === "reads-private" || label === "reads-untrusted";
}

function ownerOf({ principal, session, config }: Call): TaintOwner {
  const { taintPer, taintForMs } = config.policy.scanning.flows;
  return {
    tenant: principal.tenant ?? "",
    agent: principal.agent,
    ...(taintPer === "session" && session !== undefined && { session }),
    forMs: taintForMs,
  };
}

function sourceOf({ callId, upstream, subject, receivedAt }: Call): Source {
  return { call: callId, tool: `${upstream.name}/${subject.name}`, at: receivedAt };
}
