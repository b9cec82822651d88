import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Redis } from "ioredis";
import { vi } from "vitest";
import { readSettings as readControlPlaneSettings } from "../../control-plane/settings.ts";
import type { AuditRecord } from "../../core/audit/record.ts";
import { GrpcClient } from "../../core/grpc/client.ts";
import { connectRedis } from "../../core/redis/connect.ts";
import { createToken } from "../../core/secrets/tokens.ts";
import type { Env } from "../../core/service/env.ts";
import { Lifecycle } from "../../core/service/lifecycle.ts";
import { createLog } from "../../core/service/log.ts";
import { type RunningProxy, startProxy } from "../../data-plane/proxy.ts";
import { readSettings } from "../../data-plane/settings.ts";
import { AgentService } from "../../proto/gen/mcpgateway/v1/agent_service_pb.ts";
import {
  ApprovalService,
  ApprovalState,
} from "../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { FleetService } from "../../proto/gen/mcpgateway/v1/fleet_service_pb.ts";
import type { PolicySchema } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { PolicyService } from "../../proto/gen/mcpgateway/v1/policy_service_pb.ts";
import { settledRecords } from "./audit.ts";
import { startControlPlane } from "./control-plane.ts";
import { type ProxyProcess, servesPolicy, spawnProxyProcess } from "./proxy-process.ts";
import { startRedis, type TestRedis } from "./redis.ts";
import { freePort } from "./user.ts";

export type PolicyInit = Extract<MessageInitShape<typeof PolicySchema>, { $typeName?: never }>;

const log = createLog("test", "silent");

type Plane = Awaited<ReturnType<typeof startControlPlane>>;
type Parts = { redis: TestRedis; joinToken: string; plane: Plane; folder: string };

interface Started {
  readonly proxies?: number;
  /** Of the control plane. */
  readonly env?: Env;
  /** More settings of the control plane. */
  readonly controlPlane?: Env;
  readonly redis?: TestRedis;
}

/** A gateway in this process: real Redis, real gRPC, real HTTP over loopback. */
export class TestGateway {
  readonly redis: Redis;
  readonly #lifecycle: Lifecycle;
  readonly #operator: GrpcClient;
  readonly #parts: Parts;
  readonly proxies: RunningProxy[] = [];
  readonly joinToken: string;
  /** Of the first route: where a key is tried. */
  #path = "/mcp";

  private constructor(lifecycle: Lifecycle, operator: GrpcClient, parts: Parts) {
    this.#lifecycle = lifecycle;
    this.#operator = operator;
    this.#parts = parts;
    this.joinToken = parts.joinToken;
    this.redis = connectRedis(parts.redis.url, "durable", () => {});
  }

  /** Starts Redis, a control plane and so many proxies, which serve the policy when this resolves. */
  static async start(
    policy: PolicyInit,
    { proxies = 1, env = {}, controlPlane = {}, ...given }: Started = {},
  ): Promise<TestGateway> {
    const lifecycle = new Lifecycle();
    const started = given.redis ?? (await startRedis({ durable: true }));
    const redis = lifecycle.use("redis", started, (it) => it.stop());
    const folder = mkdtempSync(join(tmpdir(), "mcpgw-test-"));
    lifecycle.use("folder", folder, (it) => rmSync(it, { recursive: true, force: true }));
    const joinToken = createToken("join-token");
    const operatorToken = createToken("operator-token");
    const settings = readControlPlaneSettings({
      MCPGW_REDIS_URL: redis.url,
      MCPGW_JOIN_TOKEN: joinToken,
      MCPGW_BOOTSTRAP_OPERATOR_TOKEN: operatorToken,
      ...controlPlane,
    });
    const plane = await startControlPlane({ settings, producer: "test", log, env });
    lifecycle.use("control plane", plane, (it) => it.close());
    const operator = new GrpcClient({ address: `127.0.0.1:${plane.port}`, token: operatorToken });
    lifecycle.use("operator", operator, (it) => it.close());
    const gateway = new TestGateway(lifecycle, operator, { redis, joinToken, plane, folder });
    lifecycle.use("test redis", gateway.redis, (it) => it.disconnect());
    for (let count = 0; count < proxies; count += 1) await gateway.addProxy();
    await gateway.push(policy);
    return gateway;
  }

  async addProxy(env: Record<string, string> = {}): Promise<RunningProxy> {
    const { redis, joinToken, plane, folder } = this.#parts;
    const proxyId = `proxy-${this.proxies.length + 1}`;
    const settings = readSettings({
      MCPGW_PROXY_ID: proxyId,
      MCPGW_REDIS_URL: redis.url,
      MCPGW_JOIN_TOKEN: joinToken,
      MCPGW_CONTROL_PLANE_ADDRESS: `127.0.0.1:${plane.port}`,
      MCPGW_PORT: "0",
      MCPGW_SNAPSHOT_DIR: join(folder, proxyId),
      ...env,
    });
    const proxy = await startProxy({ settings, env, log });
    this.#lifecycle.use(proxyId, proxy, (it) => it.close());
    this.proxies.push(proxy);
    return proxy;
  }

  /** Where a proxy keeps what it was sent. */
  folderOf(proxyId: string): string {
    return join(this.#parts.folder, proxyId);
  }

  /** Starts a proxy as a process of its own, which can die. It serves the policy when this resolves. */
  async spawnProxy(env: Record<string, string> = {}): Promise<ProxyProcess> {
    const { redis, joinToken, plane, folder } = this.#parts;
    const port = await freePort();
    const url = new URL(`http://127.0.0.1:${port}${this.#path}`);
    const proxy = spawnProxyProcess({
      MCPGW_PROXY_ID: `proxy-process-${port}`,
      MCPGW_REDIS_URL: redis.url,
      MCPGW_JOIN_TOKEN: joinToken,
      MCPGW_CONTROL_PLANE_ADDRESS: `127.0.0.1:${plane.port}`,
      MCPGW_PORT: String(port),
      MCPGW_SNAPSHOT_DIR: join(folder, `process-${port}`),
      ...env,
    });
    this.#lifecycle.use("proxy process", proxy, (it) => it.kill());
    await servesPolicy(url);
    return { ...proxy, port };
  }

  /** Pushes a policy and waits until every proxy serves it. */
  async push(policy: PolicyInit): Promise<number> {
    const { accepted, problems } = await this.#operator.call(PolicyService.method.pushPolicy, {
      policy: {
        apiVersion: "mcpgateway/v1",
        kind: "Policy",
        metadata: { name: "test" },
        ...policy,
      },
    });
    if (!accepted) throw new Error(JSON.stringify(problems));
    this.#path = policy.routes?.[0]?.path ?? this.#path;
    await vi.waitFor(
      async () => {
        const { proxies } = await this.#operator.call(FleetService.method.listProxies, {});
        const serving = proxies.filter((proxy) => proxy.servingVersion >= accepted.version);
        if (serving.length < this.proxies.length) throw new Error("not every proxy serves it");
      },
      { timeout: 10_000, interval: 20 },
    );
    return Number(accepted.version);
  }

  /** Makes an agent and returns its key, once every proxy knows it. */
  async createAgent(id: string, groups: string[] = []): Promise<string> {
    const { key } = await this.#operator.call(AgentService.method.createAgent, { id, groups });
    for (const proxy of this.proxies) {
      await vi.waitFor(
        async () => {
          const response = await fetch(`http://127.0.0.1:${proxy.port}${this.#path}`, {
            method: "PUT",
            headers: { authorization: `Bearer ${key}` },
          });
          await response.arrayBuffer();
          if (response.status === 401) throw new Error("not known yet");
        },
        { timeout: 10_000, interval: 20 },
      );
    }
    return key;
  }

  get operator(): GrpcClient {
    return this.#operator;
  }

  /** Of the control plane. */
  get address(): string {
    return `127.0.0.1:${this.#parts.plane.port}`;
  }

  clientOf(token: string): GrpcClient {
    return new GrpcClient({ address: `127.0.0.1:${this.#parts.plane.port}`, token });
  }
  url(proxy = 0, path = "/mcp"): URL {
    return new URL(`http://127.0.0.1:${this.proxies[proxy]?.port}${path}`);
  }

  /** The pending approval, once there is one. */
  pendingApproval() {
    return vi.waitFor(
      async () => {
        const { approvals } = await this.#operator.call(ApprovalService.method.listApprovals, {
          state: ApprovalState.PENDING,
        });
        const [approval] = approvals;
        if (!approval) throw new Error("nothing is pending");
        return approval;
      },
      { timeout: 10_000, interval: 20 },
    );
  }

  async decide(approve: boolean, reason = "because"): Promise<string> {
    const { id, digest } = await this.pendingApproval();
    await this.#operator.call(ApprovalService.method.decideApproval, {
      id,
      approve,
      reason,
      digest,
    });
    return id;
  }

  /** Every audit record so far, oldest first. They come by way of the proxies' disks, a moment after the answers. */
  async records(): Promise<AuditRecord[]> {
    return await settledRecords(this.redis);
  }

  /** The records of tool calls that ended, once there are so many. */
  outcomes(count: number): Promise<AuditRecord[]> {
    return vi.waitFor(
      async () => {
        const ended = (await this.records()).filter(
          ({ event, method }) => event === "call.outcome" && method === "tools/call",
        );
        if (ended.length < count) throw new Error(`${ended.length} of ${count} records`);
        return ended;
      },
      { timeout: 10_000, interval: 20 },
    );
  }

  /** Ends the control plane and starts another one in its place. */
  readonly restartControlPlane = (): Promise<void> => this.#parts.plane.restart();
  /** Takes Redis away, as a crash would. */
  readonly stopRedis = (): Promise<void> => this.#parts.redis.stop();
  readonly stop = (): Promise<void> => this.#lifecycle.close();
}
