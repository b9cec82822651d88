import { availableParallelism, hostname } from "node:os";
import { join } from "node:path";
import { type AuditSettings, readAuditSettings } from "../core/audit/settings.ts";
import { type Env, EnvReader } from "../core/service/env.ts";
import { type CertificateForwarders, isAddressRange } from "./access/forwarded-certificate.ts";
import type { TlsPaths } from "./server/tls-files.ts";

/** What a proxy is told by its environment. */
export interface Settings extends AuditSettings {
  /** Unique in the fleet. */
  readonly proxyId: string;
  readonly controlPlaneAddress: string;
  readonly joinToken: string;
  /** 32 bytes each: the first seals session ids, every one opens them. Empty: one is made of the join token. */
  readonly sessionKeys: readonly Buffer[];
  /** 32 bytes each, as the control plane has them: every one finds digests of agent keys. Empty: one is made of the join token. */
  readonly keySecrets: readonly Buffer[];
  readonly redisUrl: string;
  /** How many replicas of Redis must have heard of it before an approved call runs. 0: none is asked. */
  readonly approvalReplicas: number;
  /** Limits are the hot and the disposable part: they may live apart. */
  readonly limitsRedisUrl: string;
  readonly host: string;
  readonly port: number;
  /** Whether several proxies of one machine listen on the same port. */
  readonly reusePort: boolean;
  /** Names by which agents reach a proxy that does not listen on loopback. */
  readonly allowedHosts: readonly string[];
  /** Where agents show client certificates, and with which files. Absent: nowhere. */
  readonly mtls?: { readonly port: number } & TlsPaths;
  /** Which balancers tell of client certificates. Absent: none. */
  readonly forwarders?: CertificateForwarders;
  /** Keeps the last good policy. Empty: it is not kept. */
  readonly snapshotDirectory: string;
  /** Where stdio upstreams are served. Empty: nowhere. */
  readonly bridgeUrl: string;
  readonly maxBodyBytes: number;
  readonly maxConnections: number;
  /** Longer answers are refused where the whole of them must be held: to be scanned, changed or merged. */
  readonly maxAnswerBytes: number;
  /** Of all answers that are held at the same time. */
  readonly maxHeldBytes: number;
  /** Threads that look through long answers; they start when one comes. 0: none. */
  readonly scanWorkers: number;
  /** Days of UTC after which redaction tokens are made with another key. The same on all proxies. */
  readonly redactionEpochDays: number;
  /** Milliseconds between "not ready" and closing the listener, for balancers to notice. */
  readonly drainDelayMs: number;
  readonly logLevel: string;
}

const mebibyte = 1024 * 1024;

export function readSettings(env: Env): Settings {
  const reader = new EnvReader(env);
  const snapshotDirectory = reader.optional("MCPGW_SNAPSHOT_DIR");
  const redisUrl = reader.string("MCPGW_REDIS_URL", "redis://127.0.0.1:6379");
  const settings: Settings = {
    proxyId: reader.string("MCPGW_PROXY_ID", `${hostname()}-${process.pid}`),
    controlPlaneAddress: reader.string("MCPGW_CONTROL_PLANE_ADDRESS", "127.0.0.1:7500"),
    joinToken: reader.requiredSecret("MCPGW_JOIN_TOKEN"),
    keySecrets: reader.keys("MCPGW_KEY_SECRETS", 32),
    sessionKeys: reader.keys("MCPGW_SESSION_KEYS", 32),
    redisUrl,
    approvalReplicas: reader.integer("MCPGW_APPROVAL_REPLICAS", { fallback: 0, min: 0, max: 10 }),
    limitsRedisUrl: reader.string("MCPGW_LIMITS_REDIS_URL", redisUrl),
    host: reader.string("MCPGW_LISTEN_HOST", "127.0.0.1"),
    port: reader.port("MCPGW_PORT", 8080),
    reusePort: reader.oneOf("MCPGW_REUSE_PORT", ["true", "false"], "false") === "true",
    allowedHosts: reader.list("MCPGW_ALLOWED_HOSTS"),
    ...readMtls(reader),
    ...readForwarders(reader),
    snapshotDirectory,
    ...readAuditSettings(reader, snapshotDirectory && join(snapshotDirectory, "audit")),
    bridgeUrl: reader.optional("MCPGW_BRIDGE_URL").replace(/\/$/, ""),
    maxBodyBytes: reader.integer("MCPGW_MAX_BODY_BYTES", {
      fallback: 4 * 1024 * 1024,
      min: 1_024,
      max: 64 * 1024 * 1024,
    }),
    maxConnections: reader.integer("MCPGW_MAX_CONNECTIONS", {
      fallback: 4_000 * availableParallelism(),
      min: 1,
      max: 1_000_000,
    }),
    maxAnswerBytes: reader.integer("MCPGW_MAX_ANSWER_BYTES", {
      fallback: 80 * mebibyte,
      min: mebibyte,
      // Longer strings do not exist.
      max: 500 * mebibyte,
    }),
    maxHeldBytes: reader.integer("MCPGW_MAX_HELD_BYTES", {
      fallback: 256 * mebibyte,
      min: mebibyte,
      max: 64 * 1024 * mebibyte,
    }),
    scanWorkers: reader.integer("MCPGW_SCAN_WORKERS", {
      fallback: Math.min(4, availableParallelism()),
      min: 0,
      max: 64,
    }),
    redactionEpochDays: reader.integer("MCPGW_REDACTION_EPOCH_DAYS", {
      fallback: 90,
      min: 1,
      max: 3_650,
    }),
    drainDelayMs: reader.integer("MCPGW_DRAIN_DELAY_MS", { fallback: 0, min: 0, max: 600_000 }),
    logLevel: reader.oneOf(
      "MCPGW_LOG_LEVEL",
      ["trace", "debug", "info", "warn", "error", "fatal", "silent"],
      "info",
    ),
  };
  reader.assertValid();
  return settings;
}

function readMtls(reader: EnvReader): Pick<Settings, "mtls"> {
  if (reader.optional("MCPGW_MTLS_PORT") === "") return {};
  return {
    mtls: {
      port: reader.port("MCPGW_MTLS_PORT", 0),
      certificate: reader.string("MCPGW_MTLS_CERT_FILE"),
      key: reader.string("MCPGW_MTLS_KEY_FILE"),
      clientCa: reader.string("MCPGW_MTLS_CLIENT_CA_FILE"),
    },
  };
}

function readForwarders(reader: EnvReader): Pick<Settings, "forwarders"> {
  const addresses = reader.list("MCPGW_CLIENT_CERT_FROM");
  const words = ["", "client-cert", "x-forwarded-client-cert"] as const;
  const header = reader.oneOf("MCPGW_CLIENT_CERT_HEADER", words, "");
  if (header === "" && addresses.length === 0) return {};
  if (header === "")
    reader.report("MCPGW_CLIENT_CERT_HEADER is required beside MCPGW_CLIENT_CERT_FROM");
  if (addresses.length === 0) {
    reader.report(
      "MCPGW_CLIENT_CERT_FROM is required: the addresses of the balancers that set the header",
    );
  }
  for (const address of addresses.filter((it) => !isAddressRange(it))) {
    reader.report(
      `MCPGW_CLIENT_CERT_FROM must hold addresses or ranges such as 10.0.0.0/8, got ${address}`,
    );
  }
  return header === "" ? {} : { forwarders: { header, addresses } };
}
