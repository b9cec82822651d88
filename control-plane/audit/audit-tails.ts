import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { RpcError } from "../../core/grpc/errors.ts";
import type { CallContext, Handlers } from "../../core/grpc/service.ts";
import type {
  AuditRecord,
  AuditService,
  TailAuditRequest,
} from "../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { isRedisFailure, redisUnavailable } from "../redis-failure.ts";
import { Admission } from "./admission.ts";
import { type AuditPage, AuditReader } from "./audit-reader.ts";

export interface AuditTailsOptions {
  /** Opens a connection for purpose "durable" that only one tail uses: following blocks it. */
  readonly connect: () => Redis;
  /** Throws when the caller may not read any longer. */
  readonly assertStillAdmitted: (context: CallContext) => Promise<void>;
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

  readonly handlers: Pick<Handlers<typeof AuditService>, "tailAudit"> = {
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
    const admission = new Admission(() => this.#options.assertStillAdmitted(context), end);
    try {
      for await (const { records } of pagesOf(reader, request, end)) {
        await admission.renew();
        for (const record of records) {
          await admission.renew();
          if (end.aborted) return;
          yield { record };
        }
      }
    } finally {
      this.#open -= 1;
      end.removeEventListener("abort", disconnect);
      redis.disconnect();
    }
  }
}

/** The existing records; then the later ones, with an empty page now and then. */
async function* pagesOf(
  reader: AuditReader,
  request: TailAuditRequest,
  end: AbortSignal,
): AsyncGenerator<AuditPage> {
  const existing = await readExisting(reader, Math.min(request.last ?? 20, 10_000));
  yield existing;
  let { lastEntry } = existing;
  while (request.follow && !end.aborted) {
    // Outlives an outage of Redis: it goes on after the last record that was shown.
    const page = await reader.after(lastEntry).catch(() => undefined);
    if (page) {
      lastEntry = page.lastEntry;
      yield page;
    } else {
      await sleep(retryMs, undefined, { signal: end }).catch(() => {});
    }
  }
}

function readExisting(reader: AuditReader, count: number): Promise<AuditPage> {
  return reader.last(count).catch((error: unknown) => {
    throw isRedisFailure(error) ? redisUnavailable(error) : error;
  });
}
