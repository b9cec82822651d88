import type { FlowRuling } from "../../core/policy/compiled-flows.ts";
import type { CallLabel, SessionLabel } from "../../core/policy/flow-labels.ts";
import type { Logger } from "../../core/service/log.ts";
import type { WithheldText } from "../call/without-secrets.ts";
import { type Borne, flowingIn, sorted, type Tracers } from "./call-traces.ts";
import { asksForTaint, isMet, type Known, possibleFlows } from "./find-flows.ts";
import { type FlowRequest, flowsOf, ownerOf, sourceOf, tenantOf } from "./flow-request.ts";
import { acting, type FlowVerdict, isStrict, verdictOf } from "./flow-verdict.ts";
import type { Reading, Taint } from "./taint.ts";
import type { TaintStore } from "./taint-store.ts";
import { codeOf } from "./trace/digest-table.ts";
import { withholdSecrets } from "./withhold.ts";

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
const nothingBorne: Borne = { located: [], dense: [], unseen: new Set() };
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
    const known: Known & { readonly taint: Taint } = {
      labels,
      taint,
      flowing: flowingIn(borne, taint),
    };
    const met = possible.filter((flow) => isMet(flow, known));
    const acted = acting(met, () => true);
    return verdictOf(acted, known, { call, withheld: this.#withheld(labelled, known) });
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

  /** What records and people see of texts with secrets that were read before. */
  #withheld(
    { call, said }: LabelledCall,
    { flowing, taint }: Known & { readonly taint: Taint },
  ): readonly WithheldText[] {
    const { tracers } = this.#options;
    return withholdSecrets(said, flowing, (texts) => {
      const isRead = new Set([...taint.traces.keys()].map(codeOf));
      const { located } = tracers.ofArguments(tenantOf(call), texts);
      const found = located.filter((it) => it.kind === "secret" && isRead.has(codeOf(it)));
      return new Set(found.map(({ pointer }) => Number(pointer.slice(1))));
    });
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

function isRead(label: CallLabel): label is CallLabel & SessionLabel {
  return label === "reads-private" || label === "reads-untrusted";
}
