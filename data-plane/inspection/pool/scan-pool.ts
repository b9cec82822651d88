import type { ScanSettings } from "../../../core/policy/compiled-scanning.ts";
import { isReadAlike } from "../../mcp/json-guard.ts";
import { type Carry, newCarry } from "../carry.ts";
import type { ArgumentsToInspect, Inspector } from "../inspector.ts";
import { ScanStopped } from "../scan-budget.ts";
import { onlyRecords } from "../scan-scope.ts";
import { blockedByStop, type InspectionVerdict, passedUnseen } from "../verdict.ts";
import { withEdits } from "./edits.ts";
import { isLongText, isLongValue } from "./is-long.ts";
import type { MessagePart } from "./message-part.ts";
import type { ScanDone, Source } from "./scan-job.ts";
import { writeSettings } from "./sent-settings.ts";
import { Threads, type ThreadsOptions } from "./threads.ts";

export interface ScanPoolOptions extends ThreadsOptions {
  readonly inspector: Pick<Inspector, "inspectMessage" | "inspectArguments">;
}

interface ToInspect {
  readonly message: unknown;
  /** The same message as it is written. */
  readonly written: Buffer | string;
  readonly settings: ScanSettings;
  /** What was said before in the same call. Default: nothing. */
  readonly carry?: Carry;
}

interface Inspected {
  readonly verdict: InspectionVerdict;
  /** Whether every parser reads what is written the same. Asked of what goes on as it came. */
  readonly isAsRead: () => boolean;
}

/** The request that holds what an agent sends. */
interface Written {
  readonly body: Buffer;
  /** Where in it. Absent: it does not stand there as it is looked through. */
  readonly part?: MessagePart;
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
    const { body, part } = written;
    const done = await this.#threads.submit(() => {
      const source = part ? copied(body, part) : { value };
      return {
        task: { kind: "arguments", source, settings, ...schema },
        transfer: transferOf(source),
      };
    });
    return done ? wholeVerdict(done, value) : blockedByStop("arguments", neverSeen(), []);
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
    const done = await this.#threads.submit(() => {
      const source = copied(written);
      return { task: { kind: "message", source, settings, carry }, transfer: transferOf(source) };
    });
    if (!done)
      return { verdict: unseen(asked.settings), isAsRead: () => isReadAlike(`${written}`) };
    moveOn(carry, done.carry);
    return { verdict: wholeVerdict(done, message), isAsRead: () => done.isAsRead };
  }
}

/** A copy of its own: what is transferred is gone here. */
function copied(written: Buffer | string, part?: MessagePart): Source {
  const bytes = new Uint8Array(typeof written === "string" ? Buffer.from(written) : written);
  return { bytes, ...(part && { part }) };
}

function transferOf(source: Source): readonly ArrayBuffer[] {
  return "bytes" in source ? [source.bytes.buffer] : [];
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

function wholeVerdict({ verdict, edits }: ScanDone, original: unknown): InspectionVerdict {
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
