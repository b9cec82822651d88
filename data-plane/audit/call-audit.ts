import type { AuditTrail } from "../../core/audit/audit-trail.ts";
import type { AuditEntry } from "../../core/audit/record.ts";
import { type Refusal, RefusalLog } from "../../core/audit/refusal-log.ts";
import type { Ruling } from "../../core/policy/decide.ts";
import type { Logger } from "../../core/service/log.ts";
import type { AgentRequest, Call, MessageRequest } from "../call/agent-request.ts";
import type { Finding } from "../call/finding.ts";
import type { Outcome } from "../call/outcome.ts";
import type { Trail } from "../call/trail.ts";
import { describeRuling, describeTrail, describeVault } from "./describe.ts";
import { argumentsIn, describeCall, describeRequest } from "./describe-request.ts";
import { ShownTexts } from "./shown-texts.ts";
import { type Known, ShownValues, type ShownValuesOptions } from "./shown-values.ts";

const flushRefusalsMs = 60_000;

type Described = AgentRequest & Partial<Pick<MessageRequest, "message" | "era" | "body">>;

interface CallAuditOptions extends ShownValuesOptions {
  readonly trail: Pick<AuditTrail, "write" | "keep" | "isBehind" | "isUnwritable">;
  readonly log: Logger;
}

/** Writes what happened to calls: the intent before the effect, the outcome after it. */
export class CallAudit {
  readonly #options: CallAuditOptions;
  readonly #texts = new ShownTexts();
  readonly #values: ShownValues;
  readonly #refusals = new RefusalLog(async (entry) =>
    this.#options.trail.keep(
      this.#texts.in(entry, this.#options.redactorFor({ scans: [], to: "record" })),
    ),
  );
  readonly #flushing = setInterval(() => void this.#refusals.flush(), flushRefusalsMs).unref();

  constructor(options: CallAuditOptions) {
    this.#options = options;
    this.#values = new ShownValues(options);
  }

  /**
   * Records that a call is about to go upstream. Resolves when the record is where the policy wants it before the effect;
   * to false when it cannot be there and the policy allows no call without it: then the call must not be made.
   */
  async intent(call: Call, trail: Trail): Promise<boolean> {
    const isWritten = await this.#writeIntent(call, trail);
    return isWritten || call.config.policy.audit.whenUnwritable === "allow";
  }

  async #writeIntent(call: Call, trail: Trail): Promise<boolean> {
    const { trail: records, log } = this.#options;
    const { durability, whenUnwritable } = call.config.policy.audit;
    const described = { event: "call.intent", ...(await this.#describe(call, trail)) };
    const entry = this.#texts.in(described, this.#values.redactorOf(knownOf(call, trail)));
    if (whenUnwritable === "allow" && records.isBehind) {
      records.keep(entry);
      return true;
    }
    if (records.isUnwritable || (records.isBehind && whenUnwritable === "block")) return false;
    if (durability === "lazy") {
      records.keep(entry);
      return true;
    }
    const inRedis = whenUnwritable === "spool" ? "shipped-if-possible" : "shipped";
    try {
      await records.write(entry, durability === "strict" ? inRedis : "spooled");
      return true;
    } catch (error) {
      log.error({ err: error, callId: call.callId }, "no intent record was written");
      return false;
    }
  }

  /**
   * Records how a call ended. The effect, if there was one, has happened and its intent is recorded,
   * so a record that cannot be written now is kept and tried again instead of spoiling the answer.
   */
  async outcome(call: Call, trail: Trail, outcome: Outcome): Promise<void> {
    const known = knownOf(call, trail);
    const described = {
      event: "call.outcome",
      ...(await this.#describe(call, trail)),
      ...(await this.#values.outcomeOf(outcome, known)),
      durationsMs: { ...trail.durationsMs, total: Date.now() - call.receivedAt },
    };
    // A refusal says what is wrong in words that were redacted before.
    await this.#write(described, known, outcome.kind === "blocked" || trail.isAnswerChanged);
  }

  /** Records a request that is no call: a notification, an agent's answer, a stream, the end of a session. */
  async request(
    request: Described,
    end: {
      readonly outcome: string;
      readonly reason?: string;
      /** What the policy said, where it was asked. */
      readonly ruling?: Ruling;
      readonly findings?: readonly Finding[];
    },
  ): Promise<void> {
    const { message, body } = request;
    const named = message && "method" in message ? message.method : "response";
    const known = { request, ruling: end.ruling, findings: end.findings };
    const described = {
      event: "request",
      ...describeRequest(request),
      ...(request.era && { era: request.era }),
      method: message ? named : `HTTP ${request.httpMethod}`,
      ...(body && { requestBytes: body.length }),
      ...(await this.#paramsOf(request, known)),
      ...(end.ruling && describeRuling(end.ruling, request.config.version)),
      ...(end.findings?.length && { findings: [...end.findings] }),
      outcome: end.outcome,
      ...(end.reason !== undefined && { error: { message: end.reason } }),
      durationsMs: { total: Date.now() - request.receivedAt },
    };
    await this.#write(described, known, end.outcome === "blocked");
  }

  /** Records what a held call did to its approval, such as "approval.opened". */
  async approval(event: string, call: Call, trail: Trail, reason?: string): Promise<void> {
    const details = reason === undefined ? {} : { details: { reason } };
    const described = { event, ...(await this.#describe(call, trail)), ...details };
    await this.#write(described, knownOf(call, trail));
  }

  /** Records a request that was refused before it became a call; repeats are counted. */
  refusal(refusal: Refusal): void {
    this.#refusals.add(refusal);
  }

  async close(): Promise<void> {
    clearInterval(this.#flushing);
    await this.#refusals.flush();
  }

  /**
   * What has happened is kept whether or not it can be written now. The answer waits for its record where that helps:
   * what is not recorded is not told.
   */
  async #write(described: AuditEntry, known: Known, isErrorOurs = false): Promise<void> {
    const { trail, log } = this.#options;
    const ofError = this.#values.redactorOf(known, isErrorOurs);
    const entry = this.#texts.in(described, this.#values.redactorOf(known), ofError);
    const { durability } = known.request.config.policy.audit;
    if (durability === "lazy" || trail.isUnwritable) {
      trail.keep(entry);
      return;
    }
    const until = durability === "strict" ? "shipped-if-possible" : "spooled";
    await trail.write(entry, until).catch((error: unknown) => {
      log.error(
        { err: error, callId: entry.callId },
        "a record is late: it is kept and written when that is possible",
      );
    });
  }

  async #describe(call: Call, trail: Trail): Promise<Omit<AuditEntry, "event">> {
    const isFull = call.config.policy.audit.arguments === "full";
    const told = (isFull ? undefined : trail.sent) ?? call;
    const described = describeCall(call);
    const details = { ...described.details, ...describeVault(trail) };
    return {
      ...describeRequest(call),
      ...described,
      ...(Object.keys(details).length > 0 && { details }),
      ...describeTrail(trail, call.config.version),
      ...(await this.#values.argumentsOf(argumentsIn(told), told, knownOf(call, trail))),
    };
  }

  /** Of a request that is no call. */
  async #paramsOf({ message, body = Buffer.alloc(0) }: Described, known: Known) {
    if (!message || !("method" in message)) return {};
    return await this.#values.argumentsOf(message.params, { message, body }, known);
  }
}

function knownOf(request: Call, trail: Trail): Known {
  const { ruling, findings, withheld, sent, isAnswerChanged: answer } = trail;
  const changed = { arguments: sent !== undefined, answer };
  return { request, ruling, findings, withheld, changed };
}
