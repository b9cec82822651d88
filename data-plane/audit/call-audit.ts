import type { AuditTrail } from "../../core/audit/audit-trail.ts";
import type { AuditEntry, JsonValue } from "../../core/audit/record.ts";
import { type Refusal, RefusalLog } from "../../core/audit/refusal-log.ts";
import type { CompiledAudit } from "../../core/policy/compiled-policy.ts";
import type { Ruling } from "../../core/policy/decide.ts";
import type { Logger } from "../../core/service/log.ts";
import type { AgentRequest, Call, MessageRequest } from "../call/agent-request.ts";
import type { Finding } from "../call/finding.ts";
import { keptBeyondCut, type Outcome } from "../call/outcome.ts";
import type { Trail } from "../call/trail.ts";
import { type WithheldText, withoutSecrets } from "../call/without-secrets.ts";
import type { RuntimeConfig } from "../config/runtime-config.ts";
import { boundValue } from "./bound-value.ts";
import { describeOutcome, describeRuling, describeTrail } from "./describe.ts";
import { argumentsIn, describeCall, describeRequest } from "./describe-request.ts";
import { ShownTexts } from "./shown-texts.ts";

const flushRefusalsMs = 60_000;

interface CallAuditOptions {
  readonly trail: Pick<AuditTrail, "write" | "keep" | "isBehind" | "isUnwritable">;
  /** Replaces secrets by tokens; never throws. */
  readonly redact: (value: unknown) => unknown;
  readonly log: Logger;
}

/** Writes what happened to calls: the intent before the effect, the outcome after it. */
export class CallAudit {
  readonly #options: CallAuditOptions;
  readonly #texts: ShownTexts;
  readonly #refusals = new RefusalLog(async (entry) =>
    this.#options.trail.keep(this.#texts.in(entry)),
  );
  readonly #flushing = setInterval(() => void this.#refusals.flush(), flushRefusalsMs).unref();

  constructor(options: CallAuditOptions) {
    this.#options = options;
    this.#texts = new ShownTexts(options.redact);
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
    const entry = this.#texts.in({ event: "call.intent", ...this.#describe(call, trail) });
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
    const { audit } = call.config.policy;
    const { message, ...described } = describeOutcome(outcome);
    const shown =
      outcome.kind === "passed"
        ? this.#describePassed(outcome, audit)
        : message !== undefined &&
          boundValue(this.#shown(message, audit.results), audit.maxValueBytes);
    const result = shown ? { result: shown } : {};
    await this.#write(call, {
      event: "call.outcome",
      ...this.#describe(call, trail),
      ...(audit.results === "none" ? {} : result),
      ...described,
      durationsMs: { ...trail.durationsMs, total: Date.now() - call.receivedAt },
    });
  }

  /** Records a request that is no call: a notification, an agent's answer, a stream, the end of a session. */
  async request(
    request: AgentRequest & Partial<Pick<MessageRequest, "message" | "era" | "body">>,
    end: {
      readonly outcome: string;
      readonly reason?: string;
      /** What the policy said, where it was asked. */
      readonly ruling?: Ruling;
      readonly findings?: readonly Finding[];
    },
  ): Promise<void> {
    const { message, body, config } = request;
    const named = message && "method" in message ? message.method : "response";
    await this.#write(request, {
      event: "request",
      ...describeRequest(request),
      ...(request.era && { era: request.era }),
      method: message ? named : `HTTP ${request.httpMethod}`,
      ...(body && { requestBytes: body.length }),
      ...(message && "method" in message && this.#argumentsOf(message.params, config)),
      ...(end.ruling && describeRuling(end.ruling, config.version)),
      ...(end.findings?.length && { findings: [...end.findings] }),
      outcome: end.outcome,
      ...(end.reason !== undefined && { error: { message: end.reason } }),
      durationsMs: { total: Date.now() - request.receivedAt },
    });
  }

  /** Records what a held call did to its approval, such as "approval.opened". */
  async approval(event: string, call: Call, trail: Trail, reason?: string): Promise<void> {
    const details = reason === undefined ? {} : { details: { reason } };
    await this.#write(call, { event, ...this.#describe(call, trail), ...details });
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
  async #write({ config }: AgentRequest, described: AuditEntry): Promise<void> {
    const { trail, log } = this.#options;
    const entry = this.#texts.in(described);
    const { durability } = config.policy.audit;
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

  #describe(call: Call, trail: Trail): Omit<AuditEntry, "event"> {
    return {
      ...describeRequest(call),
      ...describeCall(call),
      ...describeTrail(trail, call.config.version),
      ...this.#argumentsOf(argumentsIn(call), call.config, trail.withheld),
    };
  }

  #argumentsOf(
    given: unknown,
    { policy }: RuntimeConfig,
    withheld: readonly WithheldText[] = [],
  ): Pick<AuditEntry, "arguments"> {
    const { arguments: detail, maxValueBytes } = policy.audit;
    if (detail === "none" || given === undefined) return {};
    const told = detail === "full" ? given : withoutSecrets(given, withheld);
    return { arguments: boundValue(this.#shown(told, detail), maxValueBytes) };
  }

  /** Of an answer that was never whole here: its beginning, as the message began, its size and its digest. */
  #describePassed(
    { answer, kept }: Extract<Outcome, { kind: "passed" }>,
    { results, maxValueBytes }: CompiledAudit,
  ): JsonValue | undefined {
    if (!kept) return undefined;
    // Redacted before it is cut, and then without its end: half a secret is not found.
    const text = Buffer.from(String(this.#shown(kept.beginning, results)));
    const isCut = Buffer.byteLength(kept.beginning) < answer.bytes;
    const sure = isCut ? Math.max(0, text.length - keptBeyondCut) : text.length;
    const beginning = text.subarray(0, Math.min(maxValueBytes, sure)).toString("utf8");
    return { truncated: true, bytes: answer.bytes, sha256: kept.sha256, beginning };
  }

  #shown(value: unknown, detail: "none" | "redacted" | "full"): unknown {
    return detail === "full" ? value : this.#options.redact(value);
  }
}
