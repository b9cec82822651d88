import type { CompiledFlow, FlowRuling } from "../../core/policy/compiled-flows.ts";
import type { CompiledApproval } from "../../core/policy/compiled-policy.ts";
import type { CallLabel, SessionLabel } from "../../core/policy/flow-labels.ts";
import type { Logger } from "../../core/service/log.ts";
import type { Call } from "../call/agent-request.ts";
import type { Finding } from "../call/finding.ts";
import { type Borne, flowingIn, sorted, type Tracers } from "./call-traces.ts";
import { describeFlow, findingsOf } from "./evidence.ts";
import { asksForTaint, isMet, type Known, possibleFlows } from "./find-flows.ts";
import type { Reading, Source, Taint, TaintOwner, TaintStore } from "./taint-store.ts";

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

/** What flows know of a request, whatever it carries. */
export type FlowRequest = Pick<
  Call,
  "callId" | "receivedAt" | "principal" | "session" | "upstream" | "config" | "subject"
>;

/** A call, what it does, and what it says. */
export interface LabelledCall {
  readonly call: FlowRequest;
  readonly labels: ReadonlySet<CallLabel>;
  /** Its arguments, and whatever else of it its upstream reads. */
  readonly said: unknown;
}

export interface FlowGuardOptions {
  readonly store: Pick<TaintStore, "look" | "note">;
  readonly tracers: Tracers;
  /** The secrets of a value themselves: nothing but their traces is kept. */
  readonly secretsIn: (value: unknown) => readonly string[];
  readonly log: Logger;
}

interface Refusal {
  readonly reason: string;
}

const nothingRead: Taint = {
  labels: new Map(),
  traces: new Map(),
  names: new Map(),
  hasTraces: false,
  hasNames: false,
};
const nothingBorne: Borne = { located: [], unseen: new Set() };
const nothingWanted = { traces: [], names: [] };

/** Watches over what comes together in one session: what its agent read, and what it sends. */
export class FlowGuard {
  readonly #options: FlowGuardOptions;
  /** What calls on their way bear: it is asked for before and noted after. */
  readonly #borne = new WeakMap<LabelledCall, Borne>();

  constructor(options: FlowGuardOptions) {
    this.#options = options;
  }

  /** Whether a call may be made after what was read before. Redis is asked only where that matters. */
  async judge(labelled: LabelledCall, { flows }: FlowRuling): Promise<FlowVerdict> {
    const { call, labels } = labelled;
    const possible = possibleFlows(flows, labels);
    const asking = acting(possible, (flow) => !asksForTaint(flow)).filter(asksForTaint);
    const borne = asking.some(({ carries }) => carries.length > 0)
      ? this.#borneBy(labelled)
      : nothingBorne;
    let taint = nothingRead;
    if (asking.length > 0) {
      try {
        taint = await this.#options.store.look(ownerOf(call), sorted(borne.located));
      } catch (error) {
        this.#warn(error, call, "what was read cannot be looked up");
        if (asking.some(isStrict)) return { kind: "unavailable", reason: unknownTaint };
      }
    }
    const known = { labels, taint, flowing: flowingIn(borne, taint) };
    const met = possible.filter((flow) => isMet(flow, known));
    return verdictOf(
      acting(met, () => true),
      known,
      call,
    );
  }

  /**
   * Notes what a call reads, before it is made, and the names that it says of its own accord.
   * Resolves to why it must not be made, where flows depend on that.
   */
  async note(labelled: LabelledCall): Promise<Refusal | undefined> {
    const { call, labels } = labelled;
    const { traces } = flowsOf(call);
    const { names } = traces.names ? sorted(this.#borneBy(labelled).located) : nothingWanted;
    const read = [...labels].filter(isRead);
    const reading = { labels: read, traces: [], names, isUntrusted: false };
    return await this.#note(call, reading, unnotedCall);
  }

  /** Whether what a call reads must be known whole before any of it is shown. */
  isTraced({ call, labels }: LabelledCall): boolean {
    const { traces } = flowsOf(call);
    return traces.names || (traces.private && labels.has("reads-private"));
  }

  /** Notes what a call is about to show, the secrets of what it said, shown or not, and whether that has signs of text that speaks to the model. Resolves to why it must not be shown. */
  async noteShown(
    labelled: LabelledCall,
    shown: { readonly value: unknown; readonly said: unknown; readonly isSuspicious: boolean },
  ): Promise<Refusal | undefined> {
    const { call, labels } = labelled;
    const { isSuspicious, value, said } = shown;
    const wanted = flowsOf(call).traces;
    const isPrivate = wanted.private && labels.has("reads-private");
    const { tracers, secretsIn } = this.#options;
    const secrets = isPrivate ? secretsIn(said) : [];
    const made = this.isTraced(labelled)
      ? tracers.ofResult(tenantOf(call), value, secrets)
      : nothingWanted;
    const reading: Reading = {
      labels: isSuspicious ? ["suspicious", "reads-untrusted"] : [],
      traces: isPrivate ? made.traces : [],
      names: wanted.names ? made.names : [],
      isUntrusted: isSuspicious || labels.has("reads-untrusted"),
    };
    return await this.#note(call, reading, unnotedResult);
  }

  #borneBy(labelled: LabelledCall): Borne {
    const { call, said } = labelled;
    const known = this.#borne.get(labelled);
    if (known) return known;
    const { tracers, secretsIn } = this.#options;
    const borne = tracers.ofArguments(tenantOf(call), said, secretsIn(said));
    this.#borne.set(labelled, borne);
    return borne;
  }

  async #note(call: FlowRequest, reading: Reading, reason: string): Promise<Refusal | undefined> {
    const { remembers, enforces } = flowsOf(call);
    const labels = reading.labels.filter((label) => remembers.has(label));
    if (labels.length + reading.traces.length + reading.names.length === 0) return undefined;
    try {
      await this.#options.store.note(ownerOf(call), { ...reading, labels }, sourceOf(call));
    } catch (error) {
      this.#warn(error, call, "what is read could not be noted");
      if (enforces) return { reason };
    }
    return undefined;
  }

  #warn(error: unknown, { callId }: FlowRequest, message: string): void {
    this.#options.log.error({ err: error, callId }, message);
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

function verdictOf(met: readonly CompiledFlow[], known: Known, call: FlowRequest): FlowVerdict {
  const findings = met.flatMap((flow) => findingsOf(flow, known));
  const enforced = met.filter(({ mode }) => mode === "enforce");
  const blocking = enforced.find(({ action }) => action === "block");
  if (blocking) return { kind: "blocked", findings, reason: refusalBy(blocking, call) };
  const { approvals } = call.config.policy;
  const [holding] = enforced
    .flatMap((flow) => {
      const approval = approvals.get(flow.approval ?? "");
      return approval ? [{ flow, approval }] : [];
    })
    .toSorted((one, other) => other.approval.quorum - one.approval.quorum);
  if (!holding) return { kind: "clear", findings };
  const { approval, flow } = holding;
  const why = `${whereOf(call)}: ${describeFlow(flow)}.`;
  const reason = flow.reason === "" ? why : `${flow.reason} ${why}`;
  return { kind: "held", findings, approval, rule: `flow.${flow.name}`, reason };
}

/** For the model: which rule, why, and what to do. */
function refusalBy(flow: CompiledFlow, call: FlowRequest): string {
  const why = `${whereOf(call)}: ${describeFlow(flow)} (flow ${flow.name})`;
  const words = flow.reason === "" ? "" : ` ${flow.reason}`;
  return `${why}.${words} Do not try another way: tell the user what you wanted to do`;
}

/** Whoever begins a new session should understand why that changes nothing. */
function whereOf(call: FlowRequest): string {
  return ownerOf(call).session === undefined
    ? "In the sessions of this agent, this one or another"
    : "In this session";
}

function isStrict({ action, mode }: CompiledFlow): boolean {
  return mode === "enforce" && (action === "approve" || action === "block");
}

function isRead(label: CallLabel): label is CallLabel & SessionLabel {
  return label === "reads-private" || label === "reads-untrusted";
}

function flowsOf({ config }: FlowRequest) {
  return config.policy.scanning.flows;
}

function tenantOf({ principal }: FlowRequest): string {
  return principal.tenant ?? "";
}

function ownerOf(call: FlowRequest): TaintOwner {
  const { principal, session } = call;
  const { taintPer, taintForMs } = flowsOf(call);
  return {
    tenant: tenantOf(call),
    agent: principal.agent,
    ...(taintPer === "session" && session !== undefined && { session }),
    forMs: taintForMs,
  };
}

function sourceOf({ callId, upstream, subject, receivedAt }: FlowRequest): Source {
  return { call: callId, tool: `${upstream.name}/${subject.name}`, at: receivedAt };
}
