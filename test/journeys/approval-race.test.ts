import { ServerCredentials } from "@grpc/grpc-js";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createControlPlane } from "../../control-plane/control-plane.ts";
import { readSettings } from "../../control-plane/settings.ts";
import type { ApprovalRecord } from "../../core/approvals/approval-record.ts";
import { ApprovalStore } from "../../core/approvals/approval-store.ts";
import { GrpcClient } from "../../core/grpc/client.ts";
import { createToken } from "../../core/secrets/tokens.ts";
import { Lifecycle } from "../../core/service/lifecycle.ts";
import { createLog } from "../../core/service/log.ts";
import { ApprovalService } from "../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { OperatorService, Role } from "../../proto/gen/mcpgateway/v1/operator_service_pb.ts";
import { fence, openApproval } from "../support/approvals.ts";
import { startRedis } from "../support/redis.ts";

/** `npm run test:race` plays a thousand. */
const rounds = Number(process.env["MCPGW_RACE_ROUNDS"] ?? 100);
const withinMs = 8;

const lifecycle = new Lifecycle();
let redisUrl: string;
let olga: GrpcClient;
let paul: GrpcClient;

beforeAll(async () => {
  const redis = lifecycle.use("redis", await startRedis({ durable: true }), (it) => it.stop());
  redisUrl = redis.url;
  const adminToken = createToken("operator-token");
  const settings = readSettings({
    MCPGW_REDIS_URL: redis.url,
    MCPGW_JOIN_TOKEN: createToken("join-token"),
    MCPGW_BOOTSTRAP_OPERATOR_TOKEN: adminToken,
  });
  const [one = "", two = ""] = [
    await startReplica(settings, "one"),
    await startReplica(settings, "two"),
  ];
  const admin = connect(one, adminToken);
  const tokenOf = async (name: string) => {
    const request = { name, role: Role.APPROVER };
    return (await admin.call(OperatorService.method.createOperator, request)).token;
  };
  olga = connect(one, await tokenOf("olga"));
  paul = connect(two, await tokenOf("paul"));
});
afterAll(() => lifecycle.close());

it(`${rounds} times: operators, a clock, a cancel and a claim race, one wins and everyone is told the truth`, async () => {
  const [agent, clock, canceller, proxy] = [actor(), actor(), actor(), actor()] as const;
  const ends = new Map<string, number>();
  for (let round = 0; round < rounds; round += 1) {
    const expiresAfterMs = 2 + Math.random() * withinMs;
    const request = { identity: `round ${round}`, digest: `digest ${round}`, expiresAfterMs };
    const { id, digest } = await openApproval(agent, request);
    const [approved, denied, expired, cancelled, claimed] = await Promise.all([
      soon(() => told(olga, { id, digest, approve: true })),
      soon(() => told(paul, { id, digest, approve: false, reason: "no" })),
      soon(() => clock.expire(id)),
      soon(() => canceller.cancel(id, { by: "ci-bot", reason: "gone" })),
      soon(() => claimOften(proxy, id)),
    ]);
    const record = await agent.get(id);
    if (!record) throw new Error("the record is gone");
    const path = record.edges.map(({ state }) => state).join(" > ");
    ends.set(path, (ends.get(path) ?? 0) + 1);

    expect(paths, `round ${round}`).toContain(path);
    expect({ approved: approved === "done", denied: denied === "done" }).toEqual({
      approved: path.includes("approved"),
      denied: path.includes("denied"),
    });
    expect({ cancelled, claimed }).toEqual({
      cancelled: path.includes("cancelled"),
      claimed: path.includes("executing"),
    });
    // An operator who came too late may have ended it before the clock did.
    if (expired.kind === "ended") expect(path).toBe("pending > expired");
    for (const said of [approved, denied])
      if (said !== "done") expect(said).toSatisfy(isTrueOf(record));
  }
  expect(ends.size).toBeGreaterThanOrEqual(4);
}, 600_000);

/** What may happen to a record in a round. What is approved and not claimed stays so for its minute. */
const paths = [
  "pending",
  "pending > approved",
  "pending > approved > executing",
  "pending > denied",
  "pending > cancelled",
  "pending > expired",
];

/** Whether what a loser was told is how the record ended. */
function isTrueOf({ id, state, decisions }: ApprovalRecord): (said: string) => boolean {
  return (said) => {
    if (!said.startsWith(`failed-precondition: approval ${id} `)) return false;
    if (/ expired at /.test(said)) return state === "expired" || state === "pending";
    if (/ was cancelled /.test(said)) return state === "cancelled";
    const [winner] = decisions;
    return winner !== undefined && said.includes(`by ${winner.operator} at`);
  };
}

/** Somebody with a connection of their own. */
function actor(): ApprovalStore {
  const redis = lifecycle.use("actor", new Redis(redisUrl), (it) => it.disconnect());
  return new ApprovalStore(redis);
}

interface Wish {
  readonly id: string;
  readonly digest: string;
  readonly approve: boolean;
  readonly reason?: string;
}

async function told(operator: GrpcClient, wish: Wish): Promise<string> {
  return await operator.call(ApprovalService.method.decideApproval, wish).then(
    () => "done",
    (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
  );
}

async function claimOften(store: ApprovalStore, id: string): Promise<boolean> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    if (await store.claim(id, fence)) return true;
  }
  return false;
}

async function soon<T>(act: () => Promise<T>): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, Math.random() * withinMs));
  return await act();
}

async function startReplica(
  settings: ReturnType<typeof readSettings>,
  producer: string,
): Promise<string> {
  const log = createLog("test", "silent");
  const parts = { settings, producer, log, env: {} };
  const server = await createControlPlane(parts, lifecycle);
  lifecycle.use("grpc server", server, (it) => it.close());
  const port = await server.listen("127.0.0.1:0", ServerCredentials.createInsecure());
  return `127.0.0.1:${port}`;
}

function connect(address: string, token: string): GrpcClient {
  return lifecycle.use("operator", new GrpcClient({ address, token }), (it) => it.close());
}
