import { setTimeout as delay } from "node:timers/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { RpcError } from "../../../core/grpc/errors.ts";
import { Backoff } from "../../../core/service/backoff.ts";
import {
  type AuditRecord,
  AuditService,
  type TailAuditRequestSchema,
} from "../../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import type { Connection } from "../../connection.ts";
import { CliError } from "../../errors.ts";
import { note } from "../../output.ts";

type Request = MessageInitShape<typeof TailAuditRequestSchema>;

/** What the control plane repeats at most, when we come back. */
const maxRepeated = 10_000;
/** A stream that lasted so long was a good one, even when it brought no record. */
const lastingMs = 5_000;
const giveUpAfterMs = 60_000;

/** Reads the existing records. */
export async function* readAudit(
  connection: Connection,
  request: Request,
  signal: AbortSignal,
): AsyncGenerator<AuditRecord> {
  for await (const { record } of connection.read(AuditService.method.tailAudit, request, signal)) {
    if (record) yield record;
  }
}

/**
 * Reads on until the signal. A control plane ends its streams now and then, so that callers spread
 * over its replicas: this comes back, and shows what was missed once.
 */
export async function* followAudit(
  connection: Connection,
  request: Request,
  signal: AbortSignal,
): AsyncGenerator<AuditRecord> {
  const shown = new ShownRecords(Date.now());
  const losses = new Losses();
  let last = request.last;
  while (!signal.aborted) {
    losses.noteStart();
    try {
      for await (const record of readAudit(
        connection,
        { ...request, last, follow: true },
        signal,
      )) {
        losses.noteRecord();
        if (shown.add(record)) yield record;
      }
    } catch (error) {
      losses.assertWorthRetrying(error);
    }
    await losses.pause(signal);
    last = maxRepeated;
  }
}

/** Decides whether to come back after the connection ended, and when. */
class Losses {
  readonly #backoff = new Backoff({ firstMs: 250, maxMs: 5_000 });
  #startedAtMs = 0;
  /** When the last good connection ended. */
  #lostAtMs: number | undefined;
  #everGood = false;
  #isGood = false;

  noteStart(): void {
    this.#startedAtMs = Date.now();
    this.#isGood = false;
  }

  noteRecord(): void {
    this.#isGood = true;
  }

  /** Passes the error on when we never were connected: then somebody should look at the address. */
  assertWorthRetrying(error: unknown): void {
    this.#judge();
    const lostForMs = this.#lostAtMs === undefined ? 0 : Date.now() - this.#lostAtMs;
    if (!isLoss(error) || !this.#everGood || lostForMs > giveUpAfterMs) throw error;
  }

  async pause(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#judge();
    if (this.#lostAtMs === undefined) note("note: the connection ended; trying again");
    this.#lostAtMs ??= Date.now();
    // Rejects when the operator leaves meanwhile.
    await delay(this.#backoff.nextMs(), undefined, { signal }).catch(() => {});
  }

  #judge(): void {
    this.#isGood ||= Date.now() - this.#startedAtMs > lastingMs;
    if (!this.#isGood) return;
    this.#everGood = true;
    this.#isGood = false;
    this.#lostAtMs = undefined;
    this.#backoff.reset();
  }
}

/** Who is not known any more, such as a revoked operator, need not come back. */
function isLoss(error: unknown): boolean {
  if (!(error instanceof CliError) || error.failure !== "unreachable") return false;
  return !(error.cause instanceof RpcError && error.cause.code === "unauthenticated");
}

/** Remembers what was shown: the repetition holds that too, and records older than the first. */
class ShownRecords {
  readonly #ids = new Set<string>();
  #firstMs: number;

  constructor(startedAtMs: number) {
    this.#firstMs = startedAtMs;
  }

  get isEmpty(): boolean {
    return this.#ids.size === 0;
  }

  /** Whether the record is one to show. */
  add({ id, time }: AuditRecord): boolean {
    const timeMs = time ? timestampMs(time) : 0;
    if (this.isEmpty) this.#firstMs = Math.min(this.#firstMs, timeMs);
    if (this.#ids.has(id) || timeMs < this.#firstMs) return false;
    this.#ids.add(id);
    if (this.#ids.size > 2 * maxRepeated) this.#ids.delete(this.#ids.values().next().value ?? "");
    return true;
  }
}
