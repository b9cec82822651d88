import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { RpcError } from "../../core/grpc/errors.ts";
import type { CallContext, Handlers } from "../../core/grpc/service.ts";
import type { Logger } from "../../core/service/log.ts";
import type {
  AuditRecord,
  AuditService,
  TailAuditRequest,
} from "../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { isRedisFailure, redisUnavailable } from "../redis-failure.ts";
import { type AuditPage, AuditReader } from "./audit-reader.ts";

export interface AuditTailsOptions {
  /** Opens a connection for purpose "durable" that only one tail uses: following blocks it. */
  readonly connect: () => Redis;
  readonly log: Logger;
}

const maxTails = 64;
const retryMs = 500;

/** The readers of the audit stream that this control plane serves. */
export class AuditTails {
  readonly #options: AuditTailsOptions;
  readonly #stopping = new AbortController();
  #open = 0;

  constructor(options: AuditTailsOptions) {
    this.#options = options;
  }

  readonly handlers: Handlers<typeof AuditService> = {
    tailAudit: (request, context) => this.#tail(request, context),
  };

  /** Ends every tail. */
  close(): void {
    this.#stopping.abort();
  }

  async *#tail(
    request: TailAuditRequest,
    context: CallContext,
  ): AsyncGenerator<{ record: AuditRecord }> {
    if (this.#open >= maxTails) {
      throw new RpcError(
        "resource-exhausted",
        `${maxTails} others read the audit stream here: end one, or ask another control plane`,
      );
    }
    this.#open += 1;
    const redis = this.#options.connect();
    const reader = new AuditReader(redis, { agent: request.agent, callId: request.callId });
    const end = AbortSignal.any([context.signal, this.#stopping.signal]);
    const disconnect = () => redis.disconnect();
    end.addEventListener("abort", disconnect, { once: true });
    try {
      const existing = await readExisting(reader, Math.min(request.last ?? 20, 10_000));
      yield* existing.records.map((record) => ({ record }));
      if (request.follow) yield* this.#follow(reader, existing.lastEntry, end);
    } finally {
      this.#open -= 1;
      end.removeEventListener("abort", disconnect);
      redis.disconnect();
      this.#reportMalformed(reader);
    }
  }

  /** Outlives an outage of Redis: it goes on after the last record that was shown. */
  async *#follow(
    reader: AuditReader,
    begin: string,
    end: AbortSignal,
  ): AsyncGenerator<{ record: AuditRecord }> {
    let lastEntry = begin;
    while (!end.aborted) {
      const page = await reader.after(lastEntry).catch(() => undefined);
      if (page) {
        lastEntry = page.lastEntry;
        yield* page.records.map((record) => ({ record }));
      } else {
        await sleep(retryMs, undefined, { signal: end }).catch(() => {});
      }
    }
  }

  #reportMalformed({ malformed }: AuditReader): void {
    if (malformed === 0) return;
    this.#options.log.warn(
      { malformed },
      "the audit stream has entries that are no records; they were skipped",
    );
  }
}

function readExisting(reader: AuditReader, count: number): Promise<AuditPage> {
  return reader.last(count).catch((error: unknown) => {
    throw isRedisFailure(error) ? redisUnavailable(error) : error;
  });
}
