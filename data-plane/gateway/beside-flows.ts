import type { Ruling } from "../../core/policy/decide.ts";
import type { CallLabel } from "../../core/policy/flow-labels.ts";
import type { AgentRequest, MessageRequest } from "../call/agent-request.ts";
import type { Finding } from "../call/finding.ts";
import type { Trail } from "../call/trail.ts";
import type { FlowGuard } from "../flows/flow-guard.ts";
import type { FlowRequest } from "../flows/flow-request.ts";
import { isObject, type JsonRpcMessage } from "../mcp/json-rpc.ts";

type Guard = Pick<FlowGuard, "judge" | "noteShown">;

/** What is said outside of calls leaves as their arguments do, and what it is for nobody has labelled. */
const sending: ReadonlySet<CallLabel> = new Set(["can-send"]);
const reading: ReadonlySet<CallLabel> = new Set(["reads-private", "reads-untrusted"]);
const shortestWords = 6;

/**
 * What flows make of what agents and servers say beside calls of tools, prompts and resources: answers to what servers ask,
 * notifications, other methods, streams. Of what agents say, only answers in words complete a flow that looks at nothing but labels.
 */
export class BesideFlows {
  readonly #request: FlowRequest;
  readonly #flows: Guard;

  private constructor(request: FlowRequest, flows: Guard) {
    this.#request = request;
    this.#flows = flows;
  }

  /** Undefined where the policy has no flows. */
  static of(
    request: AgentRequest | MessageRequest,
    method: string,
    flows: Guard,
  ): BesideFlows | undefined {
    if (request.config.policy.scanning.flows.flows.length === 0) return undefined;
    return new BesideFlows({ ...request, subject: { kind: "method", name: method } }, flows);
  }

  /** Resolves to why it must not go. Nobody can be asked about it, so what would hold it blocks it. */
  async judge(
    message: JsonRpcMessage,
    { flows }: Ruling,
    trail: Trail,
  ): Promise<string | undefined> {
    const isAnswer = !("method" in message) && answersInWords(message.result);
    const asking = flows.flows.filter(
      ({ carries, action }) => isAnswer || carries.length > 0 || action === "allow",
    );
    const said = "method" in message ? message.params : (message.error ?? message.result);
    const labels = flows.not.includes("can-send") ? new Set<CallLabel>() : sending;
    const labelled = { call: this.#request, labels, said };
    const verdict = await this.#flows.judge(labelled, { ...flows, flows: asking });
    if ("findings" in verdict) trail.findings.push(...verdict.findings);
    return verdict.kind === "clear" ? undefined : verdict.reason;
  }

  /** To be called before the agent hears it. It leaves traces, but no labels: those are of calls. */
  async noteShown(
    { value, said }: { readonly value: unknown; readonly said: unknown },
    findings: readonly Finding[],
  ): Promise<{ readonly reason: string } | undefined> {
    const isSuspicious = findings.some(speaksToModel);
    const labelled = { call: this.#request, labels: reading, said: undefined };
    return await this.#flows.noteShown(labelled, { value, said, isSuspicious });
  }
}

/** Weaker signs count too: they cost an approval at most. */
export function speaksToModel({ rule, direction, action }: Finding): boolean {
  return direction === "result" && action !== "excepted" && /^prompt-injection\b/.test(rule);
}

/** Where it works is no answer in words, nor is a yes. */
function answersInWords(result: unknown): boolean {
  if (!isObject(result)) return false;
  const { roots: _roots, action: _action, ...answer } = result;
  return saysWords(answer);
}

/** Whether there is a text in it that could be more than a choice. */
export function saysWords(value: unknown): boolean {
  if (typeof value === "string") return value.length >= shortestWords;
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(
    ([key, inner]) => (key !== "action" || typeof inner !== "string") && saysWords(inner),
  );
}
