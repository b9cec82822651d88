import { AuditTrail } from "../../core/audit/audit-trail.ts";
import type { AuditSettings } from "../../core/audit/settings.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import type { Lifecycle } from "../../core/service/lifecycle.ts";
import type { Logger } from "../../core/service/log.ts";

/** Begins the chain of this proxy's records. Opened first, so that it is closed last. */
export async function openTrail(
  settings: AuditSettings & { readonly redisUrl: string; readonly proxyId: string },
  log: Logger,
  lifecycle: Lifecycle,
): Promise<AuditTrail> {
  const { redisUrl, proxyId, auditFolder, auditSpoolBytes, auditWaitReplicas } = settings;
  const { auditKeyLivesForMs } = settings;
  const warn = (error: Error) => log.error({ cause: error.message }, "Redis (audit) is away");
  // Its own connection: waiting for replicas holds up whatever else is asked on it.
  const redis = connectRedis(redisUrl, "durable", warn);
  lifecycle.use("redis audit", redis, (it) => it.disconnect());
  const trail = await AuditTrail.open({
    redis,
    producer: proxyId,
    folder: auditFolder,
    maxSpoolBytes: auditSpoolBytes,
    waitReplicas: auditWaitReplicas,
    keyLivesForMs: auditKeyLivesForMs,
    log,
  });
  return lifecycle.use("audit trail", trail, (it) => it.close());
}
