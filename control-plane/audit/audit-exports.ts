import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { Redis } from "ioredis";
import { RpcError } from "../../core/grpc/errors.ts";
import type { CallContext, Handlers } from "../../core/grpc/service.ts";
import type {
  AuditService,
  ExportAuditRequest,
  FindOrphansRequest,
} from "../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { isRedisFailure, redisUnavailable, translateRedisFailures } from "../redis-failure.ts";
import { Admission } from "./admission.ts";
import type { AuditKeys } from "./audit-keys.ts";
import { Orphans } from "./orphans.ts";
import { toShownRecord } from "./shown-record.ts";
import { pagesOf, type StreamLine, type StreamRange } from "./stream-pages.ts";

export interface AuditExportsOptions {
  /** A connection for purpose "durable". */
  readonly redis: Redis;
  readonly keys: AuditKeys;
  /** Throws when the caller may not read any longer. */
  readonly assertStillAdmitted: (context: CallContext) => Promise<void>;
}

/** Well below the largest gRPC message, also with one record that is long. */
const maxMessageLength = 512 * 1024;
const maxExports = 16;
const dayMs = 86_400_000;
const orphanAfterSeconds = 300;

type Handled = Pick<Handlers<typeof AuditService>, "exportAudit" | "listAuditKeys" | "findOrphans">;

/** Reads stretches of the stream for those who verify it, keep it, or look for what never ended. */
export class AuditExports {
  readonly #options: AuditExportsOptions;
  readonly #stopping = new AbortController();
  #open = 0;

  constructor(options: AuditExportsOptions) {
    this.#options = options;
  }

  readonly handlers: Handled = {
    exportAudit: (request, context) => this.#export(request, context),
    findOrphans: (request, context) => this.#orphans(request, context),
    ...translateRedisFailures({ listAuditKeys: () => this.#listKeys() }),
  };

  /** Ends every export. */
  close(): void {
    this.#stopping.abort();
  }

  async #listKeys() {
    const keys = await this.#options.keys.list();
    return {
      keys: keys.map(({ seenAtMs, ...key }) => ({ ...key, seenAt: timestampFromMs(seenAtMs) })),
    };
  }

  async *#export(request: ExportAuditRequest, context: CallContext) {
    const { from, to } = request;
    const range = { fromMs: from && timestampMs(from), toMs: to && timestampMs(to) };
    for await (const page of this.#read(range, context)) {
      for (const lines of inMessages(page)) yield { lines };
    }
  }

  /** Reads to the end, since what ends a call may be its last record. */
  async *#orphans(request: FindOrphansRequest, context: CallContext) {
    const nowMs = Date.now();
    const fromMs = request.from ? timestampMs(request.from) : nowMs - dayMs;
    const olderThanMs = (request.olderThanSeconds ?? orphanAfterSeconds) * 1_000;
    const orphans = new Orphans();
    for await (const page of this.#read({ fromMs, toMs: undefined }, context)) {
      for (const line of page) orphans.take(line);
    }
    for (const line of orphans.since(nowMs - olderThanMs)) {
      const processLives = orphans.processLives(line, nowMs);
      yield { intent: toShownRecord(line.entry, line.json), processLives };
    }
  }

  async *#read(range: StreamRange, context: CallContext): AsyncGenerator<StreamLine[]> {
    if (this.#open >= maxExports) {
      throw new RpcError(
        "resource-exhausted",
        `${maxExports} others read stretches of the audit stream here: wait for one to end, or ask another control plane`,
      );
    }
    this.#open += 1;
    const end = AbortSignal.any([context.signal, this.#stopping.signal]);
    const { redis, assertStillAdmitted } = this.#options;
    const admission = new Admission(() => assertStillAdmitted(context), end);
    try {
      for await (const page of pagesOf(redis, range)) {
        await admission.renew();
        if (end.aborted) return;
        yield page;
      }
    } catch (error) {
      throw isRedisFailure(error) ? redisUnavailable(error) : error;
    } finally {
      this.#open -= 1;
    }
  }
}

function* inMessages(page: readonly StreamLine[]): Generator<StreamLine[]> {
  let lines: StreamLine[] = [];
  let length = 0;
  for (const line of page) {
    if (lines.length > 0 && length + line.json.length > maxMessageLength) {
      yield lines;
      lines = [];
      length = 0;
    }
    lines.push(line);
    length += line.json.length;
  }
  if (lines.length > 0) yield lines;
}
