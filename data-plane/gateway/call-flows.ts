import type { Ruling } from "../../core/policy/decide.ts";
import type { Logger } from "../../core/service/log.ts";
import type { Call } from "../call/agent-request.ts";
import type { Finding } from "../call/finding.ts";
import type { Answer, Outcome, PassedAnswer } from "../call/outcome.ts";
import type { Trail } from "../call/trail.ts";
import type { FlowGuard, LabelledCall } from "../flows/flow-guard.ts";
import type { FlowVerdict } from "../flows/flow-verdict.ts";
import { isObject } from "../mcp/json-rpc.ts";
import type { ToolCatalog } from "../upstreams/tool-catalog.ts";
import { saysWords, speaksToModel } from "./beside-flows.ts";
import { labelsOf } from "./labels-of-call.ts";
import { isPlainMetadata } from "./plain-metadata.ts";

/** What a flow asks of people. */
export type HeldByFlow = Extract<FlowVerdict, { kind: "held" }>;

/** What of the gateway it stands on. */
interface Steps {
  readonly flows: Pick<FlowGuard, "judge" | "note" | "isTraced" | "noteShown">;
  readonly catalog: Pick<ToolCatalog, "find">;
  readonly log: Logger;
}

/** What the flows make of one call, on its way and back. */
export class CallFlows {
  readonly #labelled: LabelledCall;
  readonly #steps: Steps;

  private constructor(labelled: LabelledCall, steps: Steps) {
    this.#labelled = labelled;
    this.#steps = steps;
  }

  /** Undefined where the policy has no flows, or the call is about no tool, prompt or resource: {@link BesideFlows}. */
  static async of(
    call: Call,
    { flows }: Ruling,
    steps: Steps,
  ): Promise<CallFlows | { readonly outcome: Outcome } | undefined> {
    if (call.config.policy.scanning.flows.flows.length === 0) return undefined;
    if (call.subject.kind === "method") return undefined;
    const labelled = await labelsOf(call, flows, steps);
    if ("outcome" in labelled) return labelled;
    const { labels } = labelled;
    const said = saidBy(call);
    // Who answers what a server asked, tells that server.
    if (answersQuestions(call) && !flows.not.includes("can-send")) labels.add("can-send");
    return new CallFlows({ call, labels, said }, steps);
  }

  /** Judges the call by what was read before. What it finds is noted in the trail. */
  async judge(
    { flows }: Ruling,
    trail: Trail,
  ): Promise<HeldByFlow | { readonly outcome: Outcome } | undefined> {
    const verdict = await this.#steps.flows.judge(this.#labelled, flows);
    if ("findings" in verdict) {
      trail.findings.push(...verdict.findings);
      trail.withheld.push(...verdict.withheld);
    }
    switch (verdict.kind) {
      case "clear":
        return undefined;
      case "held":
        return verdict;
      case "blocked":
        return { outcome: { kind: "blocked", reason: verdict.reason } };
      case "unavailable":
        return { outcome: { kind: "unavailable", reason: verdict.reason } };
    }
  }

  /** The same of what cannot be held: it is blocked instead. */
  async judgeUnheld(ruling: Ruling, trail: Trail): Promise<Outcome | undefined> {
    const verdict = await this.judge(ruling, trail);
    if (!verdict || "outcome" in verdict) return verdict?.outcome;
    const reason = `${verdict.reason} It needs an approval (${verdict.rule}), and only tool calls can be held for one`;
    return { kind: "blocked", reason };
  }

  /** To be called before the agent can hear anything of what it asked for. Resolves to why it must not. */
  async noteReading(): Promise<Extract<Outcome, { kind: "unavailable" }> | undefined> {
    const refusal = await this.#steps.flows.note(this.#labelled);
    return refusal && { kind: "unavailable", ...refusal };
  }

  /** Whether nothing of an answer may be shown before all of it has come. */
  get wantsWholeAnswers(): boolean {
    return this.#steps.flows.isTraced(this.#labelled);
  }

  /**
   * To be called with what the agent is about to hear, what its upstream said, and what was found in that.
   * Resolves to why it must not.
   */
  async noteShown(
    { value, said }: { readonly value: unknown; readonly said: unknown },
    findings: readonly Finding[],
  ): Promise<Extract<Outcome, { kind: "blocked" }> | undefined> {
    const shown = { value, said, isSuspicious: findings.some(speaksToModel) };
    const refusal = await this.#steps.flows.noteShown(this.#labelled, shown);
    return refusal && { kind: "blocked", ...refusal };
  }

  /** The same of an outcome: what becomes of it. */
  async showing(
    outcome: Outcome,
    findings: readonly Finding[],
    answer: Answer | PassedAnswer | undefined,
  ): Promise<Outcome> {
    const value = outcome.kind === "answered" ? contentOf(messageOf(outcome.answer)) : undefined;
    const said = answer ? contentOf(messageOf(answer)) : value;
    return (await this.noteShown({ value, said }, findings)) ?? outcome;
  }
}

function messageOf(answer: Answer | PassedAnswer): unknown {
  return "message" in answer ? answer.message : undefined;
}

/** What an upstream says, without what frames it. */
export function contentOf(message: unknown): unknown {
  if (!isObject(message)) return message;
  const said = ["result", "error", "params"].filter((key) => message[key] !== undefined);
  return said.length === 1 ? message[said[0] ?? ""] : message;
}

/** What its upstream reads of a call. */
function saidBy({ message }: Call): unknown {
  const { arguments: args, ...rest } = message.params ?? {};
  const said = Object.entries(rest).filter(([key, value]) => !saysNothing(key, value));
  return said.length === 0 ? args : { arguments: args, ...Object.fromEntries(said) };
}

const unsaid: ReadonlySet<string> = new Set(["name", "requestState", "cursor", "taskId"]);

/** What servers made themselves, and what every client says. */
function saysNothing(key: string, value: unknown): boolean {
  return unsaid.has(key) || (key === "_meta" && isPlainMetadata(value));
}

function answersQuestions({ message }: Call): boolean {
  const answers = message.params?.["inputResponses"];
  return answers !== undefined && saysWords(answers);
}
