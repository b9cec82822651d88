import { boundValue } from "../../../core/audit/bound-value.ts";
import type { JsonValue } from "../../../core/audit/record.ts";
import type { ScanSettings } from "../../../core/policy/compiled-scanning.ts";
import type { RedactionScope, Showing } from "../../call/redactor.ts";
import { isReadAlike } from "../../mcp/json-guard.ts";
import type { MessagePart } from "../../mcp/message-part.ts";
import { type Carry, newCarry } from "../carry.ts";
import type { ArgumentsToInspect, Inspector } from "../inspector.ts";
import { ScanStopped } from "../scan-budget.ts";
import { onlyRecords } from "../scan-scope.ts";
import { blockedByStop, type InspectionVerdict, passedUnseen } from "../verdict.ts";
import { withEdits } from "./edits.ts";
import { isLongText, isLongValue } from "./is-long.ts";
import type { ScanTask, Seen, Source } from "./scan-job.ts";
import { type SentShowing, sentShowing, writeSettings } from "./sent-settings.ts";
import { Threads, type ThreadsOptions } from "./threads.ts";

export interface ScanPoolOptions extends ThreadsOptions {
  readonly inspector: Pick<Inspector, "inspectMessage" | "inspectArguments" | "redactorFor">;
}

interface ToInspect {
  readonly message: unknown;
  /** The same message as it is written. */
  readonly written: Buffer | string;
  readonly settings: ScanSettings;
  /** What was said before in the same call. Default: nothing. */
  readonly carry?: Carry;
  /** Whose tokens stand for what is redacted. */
  readonly scope?: RedactionScope;
  /** The types of what is to be told of what is taken out. */
  readonly keep?: readonly string[];
}

interface Inspected {
  readonly verdict: InspectionVerdict;
  /** Whether every parser reads what is written the same. Asked of what goes on as it came. */
  readonly isAsRead: () => boolean;
}

/** The message that holds a value. */
interface Written {
  readonly body: Buffer | string;
  /** Where in it. Absent: it does not stand there as it is looked through. */
  readonly part?: MessagePart;
}

interface ToRecord {
  readonly written: Written;
  /** What is taken out. Absent: nothing. */
  readonly showing?: Showing;
  /** Longer values are cut. */
  readonly maxBytes: number;
}

/**
 * Looks through long values in other threads (0 workers: where they came), so that other calls do not wait for them.
 * What a thread cannot look through in time, or dies of, does not pass as arguments; as a result it is treated as what costs
 * more than the budget.
 */
export class ScanPool {
  readonly #inspector: ScanPoolOptions["inspector"];
  readonly #threads: Threads;
  /** Messages that go on what others said wait for those. */
  readonly #latest = new WeakMap<Carry, Promise<unknown>>();
  /** What long values look like in records, for as long as their calls last. */
  readonly #records = new WeakMap<object, { key: string; shown: Promise<JsonValue> }>();

  constructor({ inspector, ...options }: ScanPoolOptions) {
    this.#inspector = inspector;
    this.#threads = new Threads(options);
  }

  /** Inspects a message of an upstream. Never rejects. */
  async inspectMessage(asked: ToInspect): Promise<Inspected> {
    const { carry } = asked;
    if (!carry) return await this.#inspect(asked);
    const inspected = this.#inspectAfter(this.#latest.get(carry), asked);
    this.#latest.set(carry, inspected);
    return await inspected;
  }

  /** Inspects arguments, or what else an agent sends. Never rejects. */
  async inspectArguments(input: ArgumentsToInspect, written: Written): Promise<InspectionVerdict> {
    const { arguments: value, inputSchema } = input;
    const isLong = isLongText(written.body) && this.#threads.isOpen && isLongValue(value);
    const settings = isLong ? writeSettings(input.settings) : undefined;
    const schema = settings === undefined ? {} : sentSchema(inputSchema);
    if (settings === undefined || !schema) return this.#inspector.inspectArguments(input);
    const done = await this.#submit(
      () => sourceOf(value, written),
      (source) => ({ kind: "arguments", source, settings, ...schema, ...alsoIn(input) }),
    );
    return done && "verdict" in done
      ? wholeVerdict(done, value)
      : blockedByStop("arguments", neverSeen(), []);
  }

  /** A value as a record may hold it: see `boundValue`. A long one that no thread could read is named instead of shown. Never rejects. */
  async record(value: unknown, how: ToRecord): Promise<JsonValue> {
    const { written, showing, maxBytes } = how;
    const isLong = isLongText(written.body) && this.#threads.isOpen && isLongValue(value);
    const sent = isLong ? sentShowing(showing) : undefined;
    if (!sent) {
      const shown = showing ? this.#inspector.redactorFor(showing).redact(value) : value;
      return boundValue(shown, maxBytes);
    }
    if (typeof value !== "object" || value === null) return await this.#record(value, how, sent);
    // The same arguments are recorded before the effect and after it.
    const key = JSON.stringify([sent, maxBytes]);
    const known = this.#records.get(value);
    if (known?.key === key) return await known.shown;
    const shown = this.#record(value, how, sent);
    this.#records.set(value, { key, shown });
    return await shown;
  }

  async close(): Promise<void> {
    await this.#threads.close();
  }

  async #inspectAfter(latest: Promise<unknown> | undefined, asked: ToInspect): Promise<Inspected> {
    await latest;
    return await this.#inspect(asked);
  }

  async #inspect(asked: ToInspect): Promise<Inspected> {
    const { message, written, carry = newCarry() } = asked;
    const isLong = isLongText(written) && this.#threads.isOpen;
    const settings = isLong ? writeSettings(asked.settings) : undefined;
    if (settings === undefined) {
      const verdict = this.#inspector.inspectMessage(asked);
      return { verdict, isAsRead: () => isReadAlike(`${written}`) };
    }
    const done = await this.#submit(
      () => copied(written),
      (source) => ({ kind: "message", source, settings, carry, ...alsoIn(asked) }),
    );
    if (!done || !("verdict" in done))
      return { verdict: unseen(asked.settings), isAsRead: () => isReadAlike(`${written}`) };
    moveOn(carry, done.carry);
    return { verdict: wholeVerdict(done, message), isAsRead: () => done.isAsRead };
  }

  async #record(
    value: unknown,
    { written, maxBytes }: ToRecord,
    sent: SentShowing,
  ): Promise<JsonValue> {
    const done = await this.#submit(
      () => sourceOf(value, written),
      (source) => ({ kind: "record", source, ...sent, maxBytes }),
    );
    return done && "shown" in done ? done.shown : boundValue(unrecorded, maxBytes);
  }

  /** What the thread gets is copied when one is free. */
  #submit(source: () => Source, taskOf: (source: Source) => ScanTask) {
    return this.#threads.submit(() => {
      const sent = source();
      return { task: taskOf(sent), transfer: "bytes" in sent ? [sent.bytes.buffer] : [] };
    });
  }
}

function alsoIn({
  scope,
  keep,
  tokens,
}: Pick<ToInspect, "scope" | "keep"> & Pick<ArgumentsToInspect, "tokens">) {
  return { ...(scope && { scope }), ...(keep && { keep }), ...(tokens && { tokens }) };
}

const unrecorded = "[not recorded: it takes too long to look through]";

function sourceOf(value: unknown, { body, part }: Written): Source {
  return part ? copied(body, part) : { value };
}

/** A copy of its own: what is transferred is gone here. */
function copied(written: Buffer | string, part?: MessagePart): Source {
  const bytes = new Uint8Array(typeof written === "string" ? Buffer.from(written) : written);
  return { bytes, ...(part && { part }) };
}

/** Undefined: it cannot be sent. */
function sentSchema(schema: unknown): { readonly inputSchema?: string } | undefined {
  if (schema === undefined) return {};
  try {
    return { inputSchema: JSON.stringify(schema) };
  } catch {
    return undefined;
  }
}

function wholeVerdict({ verdict, edits }: Seen, original: unknown): InspectionVerdict {
  if (!("value" in verdict)) return verdict;
  return { ...verdict, value: edits.length === 0 ? original : withEdits(original, edits) };
}

function moveOn(carry: Carry, { tail, tails }: Carry): void {
  carry.tail = tail;
  for (const [place, end] of tails ?? []) carry.tails?.set(place, end);
}

function neverSeen(): ScanStopped {
  return new ScanStopped("scan.budget", "it takes too long to look through");
}

function unseen(settings: ScanSettings): InspectionVerdict {
  const verdict = blockedByStop("result", neverSeen(), []);
  const passes = settings.budget.onExceed === "allow" || onlyRecords(settings);
  return passes ? passedUnseen(verdict) : verdict;
}
