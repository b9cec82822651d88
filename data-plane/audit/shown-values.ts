import type { AuditEntry, JsonValue } from "../../core/audit/record.ts";
import type { CompiledAudit } from "../../core/policy/compiled-policy.ts";
import { type Ruling, scanSettingsOf } from "../../core/policy/decide.ts";
import type { AgentRequest, MessageRequest } from "../call/agent-request.ts";
import type { Finding } from "../call/finding.ts";
import { keptBeyondCut, type Outcome } from "../call/outcome.ts";
import {
  type Redactor,
  type RedactorFor,
  redactionScopeOf,
  type Showing,
} from "../call/redactor.ts";
import type { Trail } from "../call/trail.ts";
import { hasUnseen, withoutUnseen } from "../call/unseen.ts";
import { withoutSecrets } from "../call/without-secrets.ts";
import type { JsonRpcMessage } from "../mcp/json-rpc.ts";
import { argumentsPart, type MessagePart } from "../mcp/message-part.ts";
import { describeOutcome, type Told } from "./describe.ts";

/** A value of a message, and how a record may hold it. */
interface ToRecord {
  /** The message, and where in it the value stands. No part: it does not stand there like that. */
  readonly written: { readonly body: Buffer | string; readonly part?: MessagePart };
  /** What is taken out. Absent: nothing. */
  readonly showing?: Showing;
  /** Longer values are cut. */
  readonly maxBytes: number;
}

export interface ShownValuesOptions {
  readonly redactorFor: RedactorFor;
  /** Writes a value as a record may hold it; never rejects. */
  readonly record: (value: unknown, how: ToRecord) => Promise<JsonValue>;
}

/** What a record shows of one request depends on. */
export interface Known {
  readonly request: Pick<AgentRequest, "config" | "principal" | "receivedAt">;
  /** Absent: the policy was not asked. */
  readonly ruling?: Ruling | undefined;
  readonly findings?: readonly Finding[] | undefined;
  readonly withheld?: Trail["withheld"];
  /** What inspection changed: all tokens there are ours. */
  readonly changed?: { readonly arguments: boolean; readonly answer: boolean };
}

/** The values of records: without what the policy takes out of the call, and without what nobody looked at. */
export class ShownValues {
  readonly #options: ShownValuesOptions;

  constructor(options: ShownValuesOptions) {
    this.#options = options;
  }

  /** For texts that somebody else wrote, or for those that were made of what inspection left. */
  redactorOf(known: Known, isOurs = false): Redactor {
    return this.#options.redactorFor(showingOf(known, isOurs));
  }

  /** What a request was given. */
  async argumentsOf(
    given: unknown,
    { message, body }: Pick<MessageRequest, "message" | "body">,
    known: Known,
  ): Promise<Pick<AuditEntry, "arguments">> {
    const { arguments: detail, maxValueBytes: maxBytes } = known.request.config.policy.audit;
    if (detail === "none" || given === undefined) return {};
    const isFull = detail === "full";
    const { findings = [], withheld = [] } = known;
    const told = isFull
      ? given
      : withoutUnseen(withoutSecrets(given, withheld), findings, "arguments");
    const part = placeIn(message, told);
    const written = { body, ...(part && { part }) };
    const showing = showingOf(known, known.changed?.arguments);
    const how = { written, ...(!isFull && { showing }), maxBytes };
    return { arguments: await this.#options.record(told, how) };
  }

  /** How a call ended, and with what. */
  async outcomeOf(
    outcome: Outcome,
    known: Known,
  ): Promise<Pick<AuditEntry, "outcome" | "error" | "result">> {
    const { audit } = known.request.config.policy;
    const { told, error, ...described } = describeOutcome(outcome);
    const words = error?.message;
    const shows = audit.results === "full" || told === undefined || words === undefined;
    const shown = shows ? words : withoutUnseen(words, known.findings ?? [], "result");
    const result =
      outcome.kind === "passed" ? this.#passed(outcome, known) : await this.#resultOf(told, known);
    return {
      ...(result !== undefined && { result }),
      ...described,
      ...(error && { error: { ...error, ...(words !== undefined && { message: `${shown}` }) } }),
    };
  }

  async #resultOf(told: Told | undefined, known: Known): Promise<JsonValue | undefined> {
    const { results: detail, maxValueBytes: maxBytes } = known.request.config.policy.audit;
    if (!told || detail === "none") return undefined;
    const { value, body, name } = told;
    const isFull = detail === "full";
    const seen = isFull ? value : withoutUnseen(value, known.findings ?? [], "result");
    const part = { kind: "inside", path: [name] } as const;
    const written = { body, ...(seen === value && { part }) };
    const showing = showingOf(known, known.changed?.answer);
    const how = { written, ...(!isFull && { showing }), maxBytes };
    return await this.#options.record(seen, how);
  }

  /** Of an answer that was never whole here: its beginning, as the message began, its size and its digest. */
  #passed(
    { answer, kept }: Extract<Outcome, { kind: "passed" }>,
    known: Known,
  ): JsonValue | undefined {
    const { results, maxValueBytes }: CompiledAudit = known.request.config.policy.audit;
    if (!kept || results === "none") return undefined;
    const { bytes } = answer;
    const { beginning: begun, sha256 } = kept;
    const isFull = results === "full";
    if (!isFull && hasUnseen(known.findings ?? [], "result")) {
      return { truncated: true, bytes, sha256, reason: "not all of it was looked through" };
    }
    // Redacted before it is cut, and then without its end: half a secret is not found.
    const text = Buffer.from(String(isFull ? begun : this.redactorOf(known).redact(begun)));
    const isCut = Buffer.byteLength(begun) < bytes;
    const sure = isCut ? Math.max(0, text.length - keptBeyondCut) : text.length;
    const beginning = text.subarray(0, Math.min(maxValueBytes, sure)).toString("utf8");
    return { truncated: true, bytes, sha256, beginning };
  }
}

/** Where the policy was not asked, what it would take out of any call is taken out. */
function showingOf({ request, ruling }: Known, isOurs = false): Showing {
  const scope = redactionScopeOf(request);
  const scans = ruling ? [ruling.scan] : scanSettingsOf(request.config.policy);
  return { scans, scope, to: "record", ...(isOurs && { tokens: "ours" }) };
}

/** Where in a message a value stands as it is. */
function placeIn(message: JsonRpcMessage, value: unknown): MessagePart | undefined {
  const params = "method" in message ? message.params : undefined;
  if (value === params) return { kind: "inside", path: ["params"] };
  return value === params?.["arguments"] ? argumentsPart : undefined;
}
