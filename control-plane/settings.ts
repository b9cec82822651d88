import { type AuditSettings, readAuditSettings } from "../core/audit/settings.ts";
import { type Env, EnvReader } from "../core/service/env.ts";

export interface Settings extends AuditSettings {
  /** "host:port" for gRPC. */
  readonly grpcAddress: string;
  readonly redisUrl: string;
  /** Where the proxies count calls. */
  readonly limitsRedisUrl: string;
  /** Makes the first operator, "admin". */
  readonly bootstrapOperatorToken: string | undefined;
  /** What proxies show. */
  readonly joinToken: string;
  /** 32 bytes each: the first makes digests of agent keys. Empty: one is made of the join token. */
  readonly keySecrets: readonly Buffer[];
  readonly logLevel: string;
  /** Beyond this many records the audit stream is trimmed. */
  readonly auditMaxRecords: number;
  /** How many replicas of Redis must have heard of a decision before it is acknowledged. 0: none is asked. */
  readonly approvalReplicas: number;
  /** Older records are trimmed, too. 0: age does not matter. */
  readonly auditMaxAgeMs: number;
  /** Start although Redis may lose what we rely on. */
  readonly allowUnsafeRedis: boolean;
}

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** Reads the settings, or throws one error that names every problem. */
export function readSettings(source: Env): Settings {
  const env = new EnvReader(source);
  const redisUrl = env.string("MCPGW_REDIS_URL", "redis://127.0.0.1:6379");
  const settings = {
    grpcAddress: env.string("MCPGW_GRPC_ADDRESS", "127.0.0.1:7500"),
    redisUrl,
    limitsRedisUrl: env.string("MCPGW_LIMITS_REDIS_URL", redisUrl),
    bootstrapOperatorToken: env.secret("MCPGW_BOOTSTRAP_OPERATOR_TOKEN"),
    joinToken: env.requiredSecret("MCPGW_JOIN_TOKEN"),
    keySecrets: env.keys("MCPGW_KEY_SECRETS", 32),
    ...readAuditSettings(env, ""),
    logLevel: env.oneOf("MCPGW_LOG_LEVEL", logLevels, "info"),
    auditMaxRecords: env.integer("MCPGW_AUDIT_MAX_RECORDS", {
      fallback: 1_000_000,
      min: 1_000,
      max: 1_000_000_000,
    }),
    approvalReplicas: env.integer("MCPGW_APPROVAL_REPLICAS", { fallback: 0, min: 0, max: 10 }),
    auditMaxAgeMs:
      env.integer("MCPGW_AUDIT_MAX_AGE_DAYS", { fallback: 0, min: 0, max: 36_500 }) * 86_400_000,
    allowUnsafeRedis: env.oneOf("MCPGW_ALLOW_UNSAFE_REDIS", ["true", "false"], "false") === "true",
  };
  env.assertValid();
  return settings;
}
