import type { Redis } from "ioredis";
import type { CallContext, Handlers } from "../../core/grpc/service.ts";
import type { AuditService } from "../../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { AuditExports } from "./audit-exports.ts";
import { AuditKeys } from "./audit-keys.ts";
import { AuditQueries } from "./audit-queries.ts";
import { AuditTails } from "./audit-tails.ts";

export interface AuditServiceOptions {
  /** A connection for purpose "durable". */
  readonly redis: Redis;
  /** Opens one that only one tail uses: following blocks it. */
  readonly connect: () => Redis;
  /** Throws when the caller may not read any longer. */
  readonly assertStillAdmitted: (context: CallContext) => Promise<void>;
}

/** Everything that reads the audit stream for operators. */
export interface AuditServing {
  readonly handlers: Handlers<typeof AuditService>;
  readonly keys: AuditKeys;
  /** Ends what is being read. */
  close(): void;
}

export function createAuditService(options: AuditServiceOptions): AuditServing {
  const keys = new AuditKeys(options.redis);
  const tails = new AuditTails(options);
  const exports = new AuditExports({ ...options, keys });
  const queries = new AuditQueries(options.redis);
  return {
    handlers: { ...tails.handlers, ...exports.handlers, ...queries.handlers },
    keys,
    close: () => {
      tails.close();
      exports.close();
    },
  };
}
