import { hostname } from "node:os";
import { type Env, EnvReader } from "../../../core/service/env.ts";

/** What a bridge is told by its environment. */
export interface BridgeSettings {
  /** Unique in the fleet, of proxies too. */
  readonly proxyId: string;
  readonly controlPlaneAddress: string;
  readonly joinToken: string;
  readonly host: string;
  readonly port: number;
  readonly maxSessions: number;
  /** At a time, of all agents and upstreams. One agent may have a quarter of them, and of the sessions. */
  readonly maxProcesses: number;
  readonly idleMs: number;
  /** Keeps the last good policy. Empty: it is not kept. */
  readonly snapshotDirectory: string;
  readonly logLevel: string;
}

export function readSettings(env: Env): BridgeSettings {
  const reader = new EnvReader(env);
  const settings: BridgeSettings = {
    proxyId: reader.string("MCPGW_PROXY_ID", `bridge-${hostname()}-${process.pid}`),
    controlPlaneAddress: reader.string("MCPGW_CONTROL_PLANE_ADDRESS", "127.0.0.1:7500"),
    joinToken: reader.requiredSecret("MCPGW_JOIN_TOKEN"),
    host: reader.string("MCPGW_BRIDGE_HOST", "127.0.0.1"),
    port: reader.port("MCPGW_BRIDGE_PORT", 7600),
    maxSessions: reader.integer("MCPGW_BRIDGE_MAX_SESSIONS", {
      fallback: 1_024,
      min: 1,
      max: 100_000,
    }),
    maxProcesses: reader.integer("MCPGW_BRIDGE_MAX_PROCESSES", {
      fallback: 64,
      min: 1,
      max: 10_000,
    }),
    idleMs: reader.integer("MCPGW_BRIDGE_IDLE_MS", {
      fallback: 600_000,
      min: 1_000,
      max: 86_400_000,
    }),
    snapshotDirectory: reader.optional("MCPGW_SNAPSHOT_DIR"),
    logLevel: reader.oneOf(
      "MCPGW_LOG_LEVEL",
      ["trace", "debug", "info", "warn", "error", "fatal", "silent"],
      "info",
    ),
  };
  reader.assertValid();
  return settings;
}
