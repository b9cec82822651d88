import type { Redis } from "ioredis";
import type { AuditTrail } from "../core/audit/audit-trail.ts";
import type { CompiledUpstream } from "../core/policy/compiled-policy.ts";
import { connectRedis, type RedisPurpose } from "../core/redis/connect.ts";
import { PeerLink } from "../core/redis/peers/peer-link.ts";
import type { Env } from "../core/service/env.ts";
import { Lifecycle } from "../core/service/lifecycle.ts";
import type { Logger } from "../core/service/log.ts";
import { ProxyKind } from "../proto/gen/mcpgateway/v1/config_pb.ts";
import { Access } from "./access/access.ts";
import { createApprovals } from "./approvals/create-approvals.ts";
import { assembleFlows } from "./assemble-flows.ts";
import { assembleInspection } from "./assemble-inspection.ts";
import { assemblePins } from "./assemble-pins.ts";
import { assembleSessions } from "./assemble-sessions.ts";
import { CallAudit } from "./audit/call-audit.ts";
import { openTrail } from "./audit/open-trail.ts";
import type { Principal } from "./call/agent-request.ts";
import { FleetSize } from "./config/fleet-size.ts";
import { followPolicy } from "./config/follow-policy.ts";
import { ConfigHolder } from "./config/runtime-config.ts";
import { sessionKeysOf } from "./derived-keys.ts";
import type { Gateway } from "./gateway/gateway.ts";
import { type ListedKind, ListedNames } from "./gateway/listed-names.ts";
import { Limiter } from "./limits/limiter.ts";
import { Endpoint } from "./server/endpoint.ts";
import { isLoopbackName } from "./server/host-check.ts";
import { Listeners } from "./server/listeners.ts";
import { OldSse } from "./server/old-sse.ts";
import { OpenStreams } from "./server/open-streams.ts";
import { Receiver } from "./server/receiver.ts";
import type { Settings } from "./settings.ts";
import { bridgeToken } from "./upstreams/bridge-token.ts";
import type { KeyJudge } from "./upstreams/connections.ts";
import { CredentialReader } from "./upstreams/credentials.ts";
import { Forwarder } from "./upstreams/forwarder.ts";
import { HeldBytes } from "./upstreams/held-bytes.ts";
import { ListEditions } from "./upstreams/lists/list-editions.ts";
import { RememberedLists } from "./upstreams/lists/remembered-lists.ts";
import { UpstreamPool } from "./upstreams/upstream-pool.ts";

const settleWithinMs = 3_000;

/** A proxy that listens. */
export interface RunningProxy {
  readonly port: number;
  /** Where agents show client certificates. Undefined: nowhere. */
  readonly mtlsPort: number | undefined;
  /** Lets calls finish, then releases everything. */
  close(): Promise<void>;
}

interface Parts {
  readonly settings: Settings;
  /** Where the secrets that the policy names are found. */
  readonly env: Env;
  readonly log: Logger;
}

/** Puts a proxy together and starts it. It serves the saved policy until the control plane sends another. */
export async function startProxy(parts: Parts): Promise<RunningProxy> {
  const { settings, log } = parts;
  const lifecycle = new Lifecycle();
  const trail = await openTrail(settings, log, lifecycle);
  const config = new ConfigHolder((now, before) => {
    log.info({ version: now.version }, "serves a policy version");
    access.follow(now.policy);
    streams.onConfig(now, before);
  });
  const access = lifecycle.use("access", new Access(parts), (it) => it.close());
  const stopping = new AbortController();
  const fleetSize = new FleetSize();
  const { gateway, audit, knownNames, lists, peers, redis, follow } = assemble(parts, {
    trail,
    config,
    isCurrent: access.isCurrent,
    recordUses: (redis) => access.recordUses(redis),
    fleetSize,
    stopping: stopping.signal,
    settled: () => server.settled(settleWithinMs),
    lifecycle,
  });
  const streams = new OpenStreams({ isCurrent: access.isCurrent, knownNames });
  config.freezes.onChange(() => streams.onFreezes(config.freezes));
  const follower = followPolicy({
    settings,
    kind: ProxyKind.PROXY,
    auditKey: () => trail.shownKey,
    address: `http://${settings.host}:${settings.port}`,
    config,
    agents: access.agentsIn(() => {
      streams.onAgents();
      lists.forgetAll();
    }),
    pins: follow((upstream, kinds) => streams.onDefinitions(upstream, kinds)),
    applyFleet: (proxies) => fleetSize.update(proxies),
    log,
  });
  lifecycle.use("configuration stream", follower, (stop) => stop());

  const server = new Listeners({
    ...settings,
    log,
    isReady: () => config.current !== undefined,
    onBroken: (who) => audit.refusal({ event: "request.refused", ...who }),
    handle: (request, response) => endpoint.handle(request, response),
  });
  const { maxBodyBytes } = settings;
  const configNow = () => config.current;
  const sessions = await assembleSessions(parts, redis, lifecycle);
  const shared = { ...sessions, audit, maxBodyBytes };
  const receiver = new Receiver({ ...shared, gateway, streams });
  const endpoint = new Endpoint({
    config: configNow,
    authenticator: access.authenticator,
    audit,
    streams,
    receiver,
    oldSse: new OldSse({ ...shared, config: configNow, peers, receiver, log }),
    forwarders: settings.forwarders,
    isLoopback: isLoopbackName(settings.host),
    allowedHosts: settings.allowedHosts,
    log,
  });
  lifecycle.use("http server", server, (it) => {
    stopping.abort();
    return it.close(settings.drainDelayMs);
  });
  return await listen(server, parts, lifecycle);
}

async function listen(
  server: Listeners,
  { settings, log }: Parts,
  lifecycle: Lifecycle,
): Promise<RunningProxy> {
  try {
    const ports = await server.listen();
    log.info({ host: settings.host, ...ports, proxyId: settings.proxyId }, "listens for agents");
    return { ...ports, close: () => lifecycle.close() };
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
}

interface Assembly {
  readonly trail: AuditTrail;
  readonly config: ConfigHolder;
  readonly isCurrent: (principal: Principal) => boolean;
  /** Writes when keys were used, until the returned function is called. */
  readonly recordUses: (redis: Redis) => () => Promise<void>;
  readonly fleetSize: FleetSize;
  readonly stopping: AbortSignal;
  /** Resolves when what was asked has ended. */
  readonly settled: () => Promise<void>;
  readonly lifecycle: Lifecycle;
}

/** The steps of a call, and what they stand on. */
function assemble(
  { settings, env, log }: Parts,
  { trail, config, isCurrent, recordUses, fleetSize, stopping, settled, lifecycle }: Assembly,
) {
  const open = (purpose: RedisPurpose, url = settings.redisUrl) => {
    const warn = (error: Error) =>
      log.error({ cause: error.message }, `Redis (${purpose}) is away`);
    return lifecycle.use(`redis ${purpose}`, connectRedis(url, purpose, warn), (it) =>
      it.disconnect(),
    );
  };
  const [durable, subscriber] = [open("durable"), open("subscriber")];
  const limits = open("limits", settings.limitsRedisUrl);
  const { proxyId } = settings;

  const quick = settings.limitsRedisUrl === settings.redisUrl ? limits : open("limits");
  const own = { settings, quick, env, log };
  const { recording, ...inspection } = assembleInspection(own, lifecycle);
  const { inspector } = inspection;
  const pool = openPool({ settings, env, log }, () => pinning.keys);
  const audit = new CallAudit({ trail, ...recording, log });
  lifecycle.use("last uses of keys", recordUses(durable), (stop) => stop());
  // Closed from the last to the first: calls that go on without their agent end with their upstreams,
  // and how they ended is recorded before the audit closes.
  lifecycle.use("audit", audit, (it) => it.close());
  lifecycle.use("open calls", settled, (wait) => wait());
  lifecycle.use("upstreams", pool, (it) => it.close());
  const { close: closeHolding, ...holding } = createApprovals({
    redis: durable,
    subscriber,
    proxyId,
    replicas: settings.approvalReplicas,
    sharedKeys: sessionKeysOf(settings),
    log,
    stopping,
  });
  lifecycle.use("approvals", closeHolding, (close) => close());
  const link = new PeerLink({ publisher: durable, subscriber });
  const peers = lifecycle.use("peers", link, (it) => it.close());
  const upstreamNow = (name: string) => config.current?.policy.upstreams.get(name);
  const forwarder = new Forwarder(pool, { sse: { peers, upstreamNow } });
  const counting = new Limiter({ redis: limits, subscriber, liveProxies: fleetSize.read, log });
  const limiter = lifecycle.use("limits", counting, (it) => it.close());
  const listed = new ListedNames();
  const secretsIn = (value: unknown) => inspector.secretsIn(value);
  const flows = assembleFlows({ settings, quick, secretsIn, log });
  const policyNow = () => config.current?.policy;
  const from = { redis: durable, quick, inspector, forwarder, policyNow };
  const pinning = assemblePins({ ...from, proxyId, log });
  const editions = new ListEditions({ redis: limits, log });
  const lists = new RememberedLists({ upstreams: forwarder, editions });
  const gateway: Gateway = {
    limiter,
    ...inspection,
    flows,
    ...holding,
    ...pinning,
    listed,
    forwarder: lists,
    audit,
    log,
    isCurrent,
    stopping,
    freezes: config.freezes,
    currentConfig: () => config.current,
  };
  const knownNames = (upstream: CompiledUpstream, kind: ListedKind) =>
    (kind === "tool" ? pinning.catalog.knownTools(upstream.name) : undefined) ??
    listed.known(upstream, kind);
  return { gateway, audit, knownNames, lists, peers, redis: { durable, subscriber }, ...pinning };
}

/** The connections to upstreams. `keys`: not asked for before one is opened. */
function openPool({ settings, env, log }: Parts, keys: () => KeyJudge): UpstreamPool {
  const { bridgeUrl, joinToken, maxHeldBytes, maxAnswerBytes } = settings;
  return new UpstreamPool({
    credentials: new CredentialReader(env),
    held: new HeldBytes({ maxBytes: maxHeldBytes, maxAnswerBytes }),
    log,
    keys: {
      meet: (...server) => keys().meet(...server),
      isGood: (...server) => keys().isGood(...server),
    },
    ...(bridgeUrl !== "" && { bridge: { url: bridgeUrl, token: bridgeToken(joinToken) } }),
  });
}
