import type { Env } from "../../core/service/env.ts";
import type { ChildSpec } from "./child.ts";
import type { DataFolder } from "./data-folder.ts";
import { entryPoint } from "./installation.ts";
import type { PrivateRedis } from "./redis/private-redis.ts";

export interface Ports {
  readonly mcp: number;
  readonly grpc: number;
  readonly bridge: number;
}

export interface ProcessSettings {
  readonly ports: Ports;
  readonly proxies: number;
  readonly folder: DataFolder;
  readonly redisUrl: string;
  readonly env: Env;
}

export const bridgeName = "bridge-1";

export function proxyNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `proxy-${index + 1}`);
}

/** Where the control plane listens. */
export function grpcAddress({ grpc }: Ports): string {
  return `127.0.0.1:${grpc}`;
}

export function redisProcess(redis: PrivateRedis, env: Env): ChildSpec {
  const { command, argv0, args, input } = redis;
  // A Redis that is told to end writes its files first, and that takes a moment only.
  return {
    name: "redis",
    command,
    argv0,
    args,
    input,
    env,
    hasChannel: false,
    killSignal: "SIGTERM",
  };
}

export function controlPlaneProcess({ folder, ports, redisUrl, env }: ProcessSettings): ChildSpec {
  return nodeProcess("control-plane", "control-plane/main", {
    ...env,
    MCPGW_GRPC_ADDRESS: grpcAddress(ports),
    MCPGW_AUDIT_DIR: folder.snapshotsOf("control-plane"),
    MCPGW_REDIS_URL: redisUrl,
    MCPGW_BOOTSTRAP_OPERATOR_TOKEN_FILE: folder.operatorToken,
    MCPGW_JOIN_TOKEN_FILE: folder.joinToken,
  });
}

export function bridgeProcess({ folder, ports, env }: ProcessSettings): ChildSpec {
  return nodeProcess(bridgeName, "data-plane/upstreams/bridge/main", {
    ...env,
    MCPGW_PROXY_ID: bridgeName,
    MCPGW_BRIDGE_PORT: String(ports.bridge),
    MCPGW_CONTROL_PLANE_ADDRESS: grpcAddress(ports),
    MCPGW_JOIN_TOKEN_FILE: folder.joinToken,
    MCPGW_SNAPSHOT_DIR: folder.snapshotsOf(bridgeName),
  });
}

/** Proxies that share one port: the system spreads the connections over them. */
export function proxyProcesses(settings: ProcessSettings): readonly ChildSpec[] {
  const { folder, ports, proxies, redisUrl, env } = settings;
  return proxyNames(proxies).map((name) =>
    nodeProcess(name, "data-plane/main", {
      ...env,
      MCPGW_PROXY_ID: name,
      MCPGW_CONTROL_PLANE_ADDRESS: grpcAddress(ports),
      MCPGW_REDIS_URL: redisUrl,
      MCPGW_JOIN_TOKEN_FILE: folder.joinToken,
      MCPGW_LISTEN_HOST: "127.0.0.1",
      MCPGW_PORT: String(ports.mcp),
      MCPGW_REUSE_PORT: String(proxies > 1),
      MCPGW_SNAPSHOT_DIR: folder.snapshotsOf(name),
      MCPGW_BRIDGE_URL: `http://127.0.0.1:${ports.bridge}`,
    }),
  );
}

function nodeProcess(name: string, entry: string, env: Env): ChildSpec {
  const args = [entryPoint(entry)];
  const withLogLevel = { ...env, MCPGW_LOG_LEVEL: env["MCPGW_LOG_LEVEL"] || "info" };
  return { name, command: process.execPath, args, env: withLogLevel, hasChannel: true };
}
