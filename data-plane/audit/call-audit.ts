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
import type { JsonRpcMessage } from "../mcp/json-rpc.ts";
import { argumentsPart, type MessagePart } from "../mcp/message-part.ts";
import { describeOutcome, describeRuling, describeTrail, type Told } from "./describe.ts";
import { argumentsIn, describeCall, describeRequest } from "./describe-request.ts";
import { ShownTexts } from "./shown-texts.ts";

const flushRefusalsMs = 60_000;

/** A value of a message, and how a record may hold it. */
interface ToRecord {
  /** The message, and where in it the value stands. No part: it does not stand there like that. */
  readonly written: { readonly body: Buffer | string; readonly part?: MessagePart };
  /** Whether secrets are taken out. */
  readonly redacts: boolean;
  /** Longer values are cut. */
  readonly maxBytes: number;
}

type Described = AgentRequest & Partial<Pick<MessageRequest, "message" | "era" | "body">>;

interface CallAuditOptions {
  readonly trail: Pick<AuditTrail, "write" | "keep" | "isBehind" | "isUnwritable">;
  /** Replaces secrets by tokens; never throws. */
  readonly redact: (value: unknown) => unknown;
  /** Writes a value as a record may hold it; never rejects. */
  readonly record: (value: unknown, how: ToRecord) => Promise<JsonValue>;
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
    const entry = this.#texts.in({
      event: "call.intent",
      ...(await this.#describe(call, trail)),
    });
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
    const { told, ...described } = describeOutcome(outcome);
    const shown =
      outcome.kind === "passed"
        ? this.#describePassed(outcome, audit)
        : await this.#resultOf(told, audit);
    await this.#write(call, {
      event: "call.outcome",
      ...(await this.#describe(call, trail)),
      ...(shown ? { result: shown } : {}),
      ...described,
      durationsMs: { ...trail.durationsMs, total: Date.now() - call.receivedAt },
    });
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
    await this.#write(request, {
      event: "request",
      ...describeRequest(request),
      ...(request.era && { era: request.era }),
      method: message ? named : `HTTP ${request.httpMethod}`,
      ...(body && { requestBytes: body.length }),
      ...(await this.#paramsOf(request)),
      ...(end.ruling && describeRuling(end.ruling, request.config.version)),
      ...(end.findings?.length && { findings: [...end.findings] }),
      outcome: end.outcome,
      ...(end.reason !== undefined && { error: { message: end.reason } }),
      durationsMs: { total: Date.now() - request.receivedAt },
    });
  }

  /** Records what a held call did to its approval, such as "approval.opened". */
  async approval(event: string, call: Call, trail: Trail, reason?: string): Promise<void> {
    const details = reason === undefined ? {} : { details: { reason } };
    await this.#write(call, { event, ...(await this.#describe(call, trail)), ...details });
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

  async #describe(call: Call, trail: Trail): Promise<Omit<AuditEntry, "event">> {
    return {
      ...describeRequest(call),
      ...describeCall(call),
      ...describeTrail(trail, call.config.version),
      ...(await this.#argumentsOf(argumentsIn(call), call, trail.withheld)),
    };
  }

  /** Of a request that is no call. */
  async #paramsOf({ message, body = Buffer.alloc(0), config }: Described) {
    if (!message || !("method" in message)) return {};
    return await this.#argumentsOf(message.params, { message, body, config });
  }

  async #argumentsOf(
    given: unknown,
    { message, body, config }: Pick<MessageRequest, "message" | "body" | "config">,
    withheld: readonly WithheldText[] = [],
  ): Promise<Pick<AuditEntry, "arguments">> {
    const { arguments: detail, maxValueBytes: maxBytes } = config.policy.audit;
    if (detail === "none" || given === undefined) return {};
    const told = detail === "full" ? given : withoutSecrets(given, withheld);
    const part = placeIn(message, told);
    const written = { body, ...(part && { part }) };
    const how = { written, redacts: detail !== "full", maxBytes };
    return { arguments: await this.#options.record(told, how) };
  }

  async #resultOf(
    told: Told | undefined,
    { results, maxValueBytes: maxBytes }: CompiledAudit,
  ): Promise<JsonValue | undefined> {
    if (!told || results === "none") return undefined;
    const { value, body, name } = told;
    const written = { body, part: { kind: "inside", path: [name] } as const };
    return await this.#options.record(value, { written, redacts: results !== "full", maxBytes });
  }

  /** Of an answer that was never whole here: its beginning, as the message began, its size and its digest. */
  #describePassed(
    { answer, kept }: Extract<Outcome, { kind: "passed" }>,
    { results, maxValueBytes }: CompiledAudit,
  ): JsonValue | undefined {
    if (!kept || results === "none") return undefined;
    // Redacted before it is cut, and then without its end: half a secret is not found.
    const { beginning: begun } = kept;
    const text = Buffer.from(String(results === "full" ? begun : this.#options.redact(begun)));
    const isCut = Buffer.byteLength(begun) < answer.bytes;
    const sure = isCut ? Math.max(0, text.length - keptBeyondCut) : text.length;
    const beginning = text.subarray(0, Math.min(maxValueBytes, sure)).toString("utf8");
    return { truncated: true, bytes: answer.bytes, sha256: kept.sha256, beginning };
  }
}

/** Where in a message a value stands as it is. */
function placeIn(message: JsonRpcMessage, value: unknown): MessagePart | undefined {
  const params = "method" in message ? message.params : undefined;
  if (value === params) return { kind: "inside", path: ["params"] };
  return value === params?.["arguments"] ? argumentsPart : undefined;
}
