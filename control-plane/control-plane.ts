import type { DescMethod } from "@bufbuild/protobuf";
import { AuditTrail } from "../core/audit/audit-trail.ts";
import { GrpcServer } from "../core/grpc/serve.ts";
import type { CallContext, Handlers } from "../core/grpc/service.ts";
import { KeyHasher } from "../core/secrets/key-hasher.ts";
import type { Env } from "../core/service/env.ts";
import type { Lifecycle } from "../core/service/lifecycle.ts";
import type { Logger } from "../core/service/log.ts";
import { AgentService } from "../proto/gen/mcpgateway/v1/agent_service_pb.ts";
import { ApprovalService } from "../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { AuditService } from "../proto/gen/mcpgateway/v1/audit_service_pb.ts";
import { ConfigService } from "../proto/gen/mcpgateway/v1/config_pb.ts";
import { ExportService } from "../proto/gen/mcpgateway/v1/export_service_pb.ts";
import { FleetService } from "../proto/gen/mcpgateway/v1/fleet_service_pb.ts";
import { FreezeService } from "../proto/gen/mcpgateway/v1/freeze_service_pb.ts";
import { LimitService } from "../proto/gen/mcpgateway/v1/limit_service_pb.ts";
import { OperatorService } from "../proto/gen/mcpgateway/v1/operator_service_pb.ts";
import { PolicyService } from "../proto/gen/mcpgateway/v1/policy_service_pb.ts";
import { ToolService } from "../proto/gen/mcpgateway/v1/tool_service_pb.ts";
import { createAgentService } from "./agents/agent-service.ts";
import { createApprovalService } from "./approvals/approval-service.ts";
import { startExpiryWorker } from "./approvals/expiry-worker.ts";
import { readHeads } from "./audit/audit-heads.ts";
import { AuditKeys } from "./audit/audit-keys.ts";
import { type AuditServing, createAuditService } from "./audit/audit-service.ts";
import { type ChoreTimes, defaultChoreTimes, startChores } from "./chores.ts";
import { ConfigStreams } from "./config-stream/config-streams.ts";
import { ConfigWatch } from "./config-stream/config-watch.ts";
import { JoinGate } from "./config-stream/join-gate.ts";
import { Connections } from "./connections.ts";
import { createExportService } from "./export/export-service.ts";
import { createFleetService } from "./fleet/fleet-service.ts";
import { createFreezeService } from "./freezes/freeze-service.ts";
import { createLimitService } from "./limits/limit-service.ts";
import { LimitUsage } from "./limits/limit-usage.ts";
import { startNotifications } from "./notify/start-notifications.ts";
import { bootstrapAdmin } from "./operators/bootstrap.ts";
import { createOperatorService } from "./operators/operator-service.ts";
import { PolicyInUse } from "./policy/policy-in-use.ts";
import { createPolicyService } from "./policy/policy-service.ts";
import { prepareRedis } from "./prepare-redis.ts";
import { translateRedisFailures } from "./redis-failure.ts";
import { createRooms, type Rooms } from "./rooms.ts";
import type { Settings } from "./settings.ts";
import { createToolService } from "./tools/tool-service.ts";

export interface ControlPlaneOptions {
  readonly settings: Settings;
  /** Names this process in the audit stream. */
  readonly producer: string;
  readonly log: Logger;
  /** Where the secrets are that policies name for notifiers. */
  readonly env: Env;
  readonly choreTimes?: Partial<ChoreTimes>;
}

/** Opens everything but the port. What it opens, the lifecycle closes. */
export async function createControlPlane(
  options: ControlPlaneOptions,
  lifecycle: Lifecycle,
): Promise<GrpcServer> {
  const { settings, log } = options;
  const connections = new Connections({ url: settings.redisUrl, log });
  const redis = connections.openFor(lifecycle, "durable");
  await prepareRedis(redis, settings, log);

  const audit = await openAudit(options, connections, lifecycle);
  const rooms = createRooms({ redis, audit, log });
  const { bootstrapOperatorToken: token, auditMaxRecords, auditMaxAgeMs } = settings;
  if (token !== undefined) await bootstrapAdmin(token, rooms, log);
  const times = { ...defaultChoreTimes, ...options.choreTimes };
  startChores({ rooms, redis, auditMaxRecords, auditMaxAgeMs, times, log }, lifecycle);
  const worker = startExpiryWorker({
    connect: () => connections.open("worker"),
    redis,
    expirer: rooms.expirer,
    log,
  });
  lifecycle.use("the timers of approvals", worker, () => worker.close());

  const subscriber = connections.openFor(lifecycle, "subscriber");
  const { fleet } = rooms;
  const config = new ConfigWatch({ ...rooms, subscriber, log });
  lifecycle.use("watching Redis", config, () => config.stop());
  await config.start();
  const inUse = new PolicyInUse(() => config.snapshot);
  const outreach = { ...rooms, ...options, connections, redis, policies: inUse };
  const notifications = await startNotifications(outreach, lifecycle);
  const auditing = createAuditService({
    redis,
    connect: () => connections.open("durable"),
    assertStillAdmitted: (context) => rooms.operators.assertStillAdmitted(context),
  });
  const pinAuditKey = (proxyId: string, key: string) => auditing.keys.pin(proxyId, key);
  const streams = new ConfigStreams({ config, fleet, pinAuditKey, log });

  const approvals = createApprovalService({
    ...rooms,
    ...notifications,
    policies: inUse,
    redis,
    replicas: settings.approvalReplicas,
  });
  const counting = new Connections({ url: settings.limitsRedisUrl, log });
  const usage = new LimitUsage(counting.openFor(lifecycle, "durable"), redis);
  const exporting = createExportService({ ...rooms, redis });
  const server = createServer({ rooms, approvals, usage, streams, auditing, exporting, options });
  lifecycle.use("the gRPC server", server, () => server.close());
  lifecycle.use("the streams", streams, () => {
    streams.close();
    auditing.close();
  });
  return server;
}

/** Closed after everything that has something to record. */
async function openAudit(
  { settings, producer, log }: ControlPlaneOptions,
  connections: Connections,
  lifecycle: Lifecycle,
): Promise<AuditTrail> {
  const redis = connections.openFor(lifecycle, "durable");
  const { auditFolder: folder, auditSpoolBytes: maxSpoolBytes, auditWaitReplicas } = settings;
  const announceKey = (key: string) => new AuditKeys(redis).pin(producer, key);
  const trail = await AuditTrail.open({
    redis,
    producer,
    folder,
    maxSpoolBytes,
    waitReplicas: auditWaitReplicas,
    keyLivesForMs: settings.auditKeyLivesForMs,
    announceKey,
    log,
    heads: () => readHeads(redis),
  });
  lifecycle.use("audit", trail, (it) => it.close());
  await announceKey(trail.shownKey);
  return trail;
}

function createServer(parts: {
  readonly rooms: Rooms;
  readonly approvals: Handlers<typeof ApprovalService>;
  readonly usage: LimitUsage;
  readonly streams: ConfigStreams;
  readonly auditing: AuditServing;
  readonly exporting: Handlers<typeof ExportService>;
  readonly options: ControlPlaneOptions;
}): GrpcServer {
  const { rooms, usage, streams, auditing, options } = parts;
  const { joinToken, keySecrets } = options.settings;
  const hasher = new KeyHasher(keySecrets, joinToken);
  const joinGate = new JoinGate({ joinToken, refusals: rooms.refusals });
  // Two gates: a join token never opens the operators' services, nor an operator's token a stream of policies.
  const guard = (method: DescMethod, context: CallContext) =>
    method.parent.typeName === ConfigService.typeName
      ? joinGate.admit(context)
      : rooms.operators.admit(method, context);
  const onError = (error: unknown, method: string) =>
    options.log.error({ err: error, method }, "a call to the control plane failed");
  const operatorService = createOperatorService({ ...rooms, store: rooms.operatorStore });

  return new GrpcServer({ guard, onError })
    .add(PolicyService, translateRedisFailures(createPolicyService(rooms)))
    .add(AgentService, translateRedisFailures(createAgentService({ ...rooms, hasher })))
    .add(OperatorService, translateRedisFailures(operatorService))
    .add(ApprovalService, translateRedisFailures(parts.approvals))
    .add(FleetService, translateRedisFailures(createFleetService(rooms)))
    .add(LimitService, translateRedisFailures(createLimitService({ ...rooms, usage })))
    .add(FreezeService, translateRedisFailures(createFreezeService(rooms)))
    .add(ToolService, translateRedisFailures(createToolService(rooms)))
    .add(ExportService, translateRedisFailures(parts.exporting))
    .add(AuditService, auditing.handlers)
    .add(ConfigService, streams.handlers);
}
