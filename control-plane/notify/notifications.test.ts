import { createHmac } from "node:crypto";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { NewApproval } from "../../core/approvals/approval-record.ts";
import { ApprovalStore } from "../../core/approvals/approval-store.ts";
import type { AuditRecord } from "../../core/audit/record.ts";
import { redisKeys } from "../../core/redis/keys.ts";
import { Lifecycle } from "../../core/service/lifecycle.ts";
import { createLog } from "../../core/service/log.ts";
import { SnapshotSchema } from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import {
  type ApprovalSchema,
  type NotifierSchema,
  PolicySchema,
  WebhookFormat,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { writeTo } from "../../test/support/audit.ts";
import { startRedis } from "../../test/support/redis.ts";
import { WebhookReceiver } from "../../test/support/webhook-receiver.ts";
import { Connections } from "../connections.ts";
import { PolicyInUse } from "../policy/policy-in-use.ts";
import type { DeliveryState } from "./delivery.ts";
import { type Notifications, startNotifications } from "./start-notifications.ts";

type Init<Schema extends typeof NotifierSchema | typeof ApprovalSchema> = Extract<
  MessageInitShape<Schema>,
  { $typeName?: never }
>;

const log = createLog("test", "silent");
const fromEnv = (value: string) => ({ source: { case: "fromEnv" as const, value } });
const quickly = { nanos: 50_000_000 };
const key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

let server: Awaited<ReturnType<typeof startRedis>>;
let redis: Redis;
let approvals: ApprovalStore;
let receiver: WebhookReceiver;
let lifecycle: Lifecycle;

beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
  approvals = new ApprovalStore(redis);
});
beforeEach(async () => {
  await redis.flushall();
  receiver = await WebhookReceiver.start();
  lifecycle = new Lifecycle();
});
afterEach(async () => {
  await lifecycle.close();
  await receiver.stop();
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

describe("a held call", () => {
  it("is told to those whom the policy names, with all that they need to decide", async () => {
    const { start } = gateway({ link: "https://ops.example/{id}" });
    const notifications = await start();
    const { id, digest } = await hold({
      arguments: '{"path":"/etc/passwd"}',
      reason: "writes ask",
    });

    const [post] = await receiver.received(1);

    expect(JSON.parse(post?.body ?? "")).toMatchObject({
      type: "approval.requested",
      data: {
        text: "ci-bot asks to call files/delete",
        approval: "dba",
        count: 1,
        approvals: [
          {
            id,
            agent: "ci-bot",
            tool: "files/delete",
            arguments: '{"path":"/etc/passwd"}',
            argumentsCut: false,
            rule: "ask-first",
            reason: "writes ask",
            digest,
            approve: `mcpctl approve ${id} --digest ${digest.slice(0, 16)}`,
            link: `https://ops.example/${id}`,
          },
        ],
      },
    });
    await becomes(notifications, id, "sent");
  });

  it("is told once, however many control planes there are and however often they look", async () => {
    const { start } = gateway({});
    const replicas = [await start(), await start(), await start()];
    const { id } = await hold();
    await receiver.received(1);

    await Promise.all(replicas.map(({ planner }) => planner.plan(id)));
    const other = await hold();
    await becomes(replicas[0], other.id, "sent");

    const told = receiver.posts.flatMap(({ body }) => JSON.parse(body).data.approvals);
    expect(told.map((it) => it.id)).toEqual([id, other.id]);
  });

  it("is told by the next control plane when the one that saw it died before it told", async () => {
    const { id } = await hold();
    const { start } = gateway({});

    const { planner } = await start();
    await planner.sweep();

    await receiver.received(1);
    expect(receiver.posts[0]?.body).toContain(id);
  });

  it("is not told any more when it was decided before", async () => {
    const { start } = gateway({ gatherFor: { nanos: 300_000_000 } });
    const notifications = await start();
    const { id, digest } = await hold();
    await approvals.decide(id, { operator: "olga", approve: true, reason: "", digest });

    await becomes(notifications, id, "dropped");

    expect(receiver.posts).toHaveLength(0);
  });

  it("does not reach people through what its agent writes", async () => {
    const { start } = gateway({});
    await start();
    await hold({ arguments: `{"sql":"\u202e\u001b[31m${"x".repeat(5_000)}"}`, agent: "b\u200bot" });

    const [post] = await receiver.received(1);

    const [told] = JSON.parse(post?.body ?? "").data.approvals;
    expect(told.arguments).toMatch(/^\{"sql":"\\u\{202e\}\\x1b\[31mx+$/);
    expect(told.arguments.length).toBeLessThanOrEqual(1_000);
    expect(told.argumentsCut).toBe(true);
    expect(told.agent).toBe("b\\u{200b}ot");
  });
});

describe("a storm of held calls", () => {
  it("is one message with a count", async () => {
    const { start } = gateway({ gatherFor: { seconds: 1n } });
    const replicas = [await start(), await start()];
    const held = await Promise.all(Array.from({ length: 120 }, () => hold()));

    await receiver.received(1);
    for (const { id } of held) await becomes(replicas[0], id, "sent");

    expect(receiver.posts).toHaveLength(1);
    const { data } = JSON.parse(receiver.posts[0]?.body ?? "");
    expect(data).toMatchObject({ text: "120 calls wait for approval (dba)", count: 120 });
    expect(data.approvals).toHaveLength(5);
  });

  it("that goes on is told again only after the time to gather", async () => {
    const { start } = gateway({ gatherFor: { seconds: 4n } });
    const notifications = await start();
    await hold();
    await receiver.received(1);
    const before = await notifications.deliveries.now();

    const later = await Promise.all([hold(), hold()]);
    await receiver.received(2);

    // More than the two seconds that the first of any storm waits for others.
    expect((await notifications.deliveries.now()) - before).toBeGreaterThan(3_000);
    expect(JSON.parse(receiver.posts[1]?.body ?? "").data.count).toBe(later.length);
  });
});

describe("a webhook", () => {
  it("is signed as Standard Webhooks says, so that a receiver can tell who sent it and when", async () => {
    const { start } = gateway({ signed: true });
    await start();
    await hold();

    const [post] = await receiver.received(1);

    const { "webhook-id": id, "webhook-timestamp": timestamp } = post?.headers ?? {};
    const signature = createHmac("sha256", Buffer.from(key.slice(6), "base64"))
      .update(`${id}.${timestamp}.${post?.body}`)
      .digest("base64");
    expect(post?.headers["webhook-signature"]).toBe(`v1,${signature}`);
    expect(Math.abs(Date.now() / 1_000 - Number(timestamp))).toBeLessThan(60);
  });

  it("that fails is sent again under the same id until it is taken", async () => {
    receiver.answers = [{ status: 500 }, { status: 429 }, { status: 200 }];
    const { start } = gateway({});
    const notifications = await start();
    const { id } = await hold();

    await becomes(notifications, id, "sent");

    const ids = receiver.posts.map(({ headers }) => headers["webhook-id"]);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
    const [delivery] = await notifications.deliveries.of(id);
    expect(delivery).toMatchObject({ notifier: "hook", kind: "requested", attempts: 3 });
  });

  it("waits as long as its receiver asks", async () => {
    receiver.answers = [{ status: 429, headers: { "retry-after": "1" } }, { status: 200 }];
    const { start } = gateway({});
    const notifications = await start();
    const before = performance.now();
    const { id } = await hold();

    await becomes(notifications, id, "sent");

    expect(performance.now() - before).toBeGreaterThan(1_000);
  });

  it("that is refused for good is given up at once, shown and recorded", async () => {
    receiver.answers = [{ status: 404 }];
    const { start } = gateway({});
    const notifications = await start();
    const { id } = await hold();

    await becomes(notifications, id, "failed");

    expect(receiver.posts).toHaveLength(1);
    expect(await notifications.deliveries.of(id)).toMatchObject([
      { state: "failed", attempts: 1, detail: "the receiver answers with HTTP 404" },
    ]);
    const record = await recordOf("notice.failed");
    expect(record).toMatchObject({
      approval: { id },
      details: {
        notifier: "hook",
        kind: "requested",
        reason: "the receiver answers with HTTP 404",
      },
    });
  });

  it("does not follow a redirect", async () => {
    receiver.answers = [{ status: 307, headers: { location: "http://169.254.169.254/" } }];
    const { start } = gateway({});
    const notifications = await start();
    const { id } = await hold();

    await becomes(notifications, id, "failed");

    expect(receiver.posts).toHaveLength(1);
  });

  it.each([
    ["http://169.254.169.254/latest", "network"],
    ["file:///etc/passwd", "no http or https URL"],
  ])("is never sent to %s", async (url, why) => {
    const { start } = gateway({ url });
    const notifications = await start();
    const { id } = await hold();

    await becomes(notifications, id, "failed");

    const [delivery] = await notifications.deliveries.of(id);
    expect(delivery?.detail).toContain(why);
    expect(delivery?.detail).not.toContain(url);
  });

  it.each([
    [WebhookFormat.SLACK, "rich_text"],
    [WebhookFormat.TEAMS, "AdaptiveCard"],
  ])("in format %i keeps what agents write from being markup", async (format, expected) => {
    const { start } = gateway({ format });
    await start();
    const nasty = "<!channel> [click](https://evil.example) <https://evil.example|here>";
    await hold({ arguments: JSON.stringify({ nasty }), agent: "<!here>" });

    const [post] = await receiver.received(1);

    expect(post?.body).toContain(expected);
    const markup = texts(JSON.parse(post?.body ?? ""), ["mrkdwn", "TextBlock"]);
    expect(markup).toEqual([]);
    expect(JSON.parse(post?.body ?? "").text ?? "").not.toContain("<!here>");
    expect(post?.body).toContain("evil.example");
  });
});

describe("while nobody decides", () => {
  const soon = { nanos: 0, seconds: 1n };

  it("people are reminded, then others are told", async () => {
    const { start } = gateway(
      {},
      { remindAfter: soon, escalate: { after: soon, notify: ["hook"] } },
    );
    await start();
    await hold();

    await receiver.received(3);

    const types = receiver.posts.map(({ body }) => JSON.parse(body).type).sort();
    expect(types).toEqual(["approval.escalation", "approval.reminder", "approval.requested"]);
  });

  it("nobody is reminded of what was decided", async () => {
    const { start } = gateway({}, { remindAfter: soon });
    const notifications = await start();
    const { id, digest } = await hold();
    await receiver.received(1);
    await approvals.decide(id, { operator: "olga", approve: false, reason: "no", digest });

    const other = await hold();
    await becomes(notifications, other.id, "sent", "reminder");

    const told = receiver.posts.filter(({ body }) => body.includes(id));
    expect(told).toHaveLength(1);
  });
});

interface Settings {
  readonly url?: string;
  readonly signed?: boolean;
  readonly link?: string;
  readonly format?: WebhookFormat;
  readonly gatherFor?: { readonly seconds?: bigint; readonly nanos?: number };
}

/** A policy with one webhook; each start is one more control plane. */
function gateway(settings: Settings, approval: Init<typeof ApprovalSchema> = {}) {
  const webhook = {
    url: fromEnv("HOOK_URL"),
    ...(settings.signed && { signWith: fromEnv("HOOK_KEY") }),
    ...(settings.format && { format: settings.format }),
  };
  const { gatherFor = quickly, link = "" } = settings;
  const policy = create(PolicySchema, {
    apiVersion: "mcpgateway/v1",
    kind: "Policy",
    metadata: { name: "test" },
    notifiers: [{ name: "hook", webhook, gatherFor, link }],
    approvals: [{ name: "dba", notify: ["hook"], ...approval }],
  });
  const snapshot = create(SnapshotSchema, { version: 1n, policy });
  const env = { HOOK_URL: settings.url ?? receiver.url, HOOK_KEY: key };
  const start = (): Promise<Notifications> => {
    const connections = new Connections({ url: server.url, log });
    const durable = connections.openFor(lifecycle, "durable");
    const audit = writeTo(durable);
    const policies = new PolicyInUse(() => snapshot);
    const options = { connections, redis: durable, approvals, policies, audit, env, log };
    return startNotifications({ ...options, firstRetryMs: 20, sweepMs: 3_600_000 }, lifecycle);
  };
  return { start };
}

let held = 0;

async function hold(changes: Partial<NewApproval> = {}) {
  held += 1;
  const result = await approvals.open({
    digest: `${held}`.padStart(64, "0"),
    identity: `${held}`.padStart(64, "0"),
    agent: "ci-bot",
    groups: [],
    route: "/mcp",
    upstream: "files",
    tool: "delete",
    definitionHash: "",
    arguments: "{}",
    operations: [],
    rule: "ask-first",
    reason: "",
    approval: "dba",
    approverGroups: [],
    quorum: 1,
    requireReason: false,
    policyVersion: 1,
    executeWithinMs: 60_000,
    keepOutcomeMs: 0,
    expiresAfterMs: 60_000,
    maxPending: 1_000,
    ...changes,
  });
  if (result.kind === "too-many") throw new Error("too many are held");
  return result.approval;
}

function becomes(
  notifications: Notifications | undefined,
  id: string,
  state: DeliveryState,
  kind = "requested",
) {
  return vi.waitFor(
    async () => {
      const deliveries = (await notifications?.deliveries.of(id)) ?? [];
      expect(deliveries.find((it) => it.kind === kind)?.state).toBe(state);
    },
    { timeout: 10_000, interval: 10 },
  );
}

function recordOf(event: string): Promise<AuditRecord> {
  return vi.waitFor(
    async () => {
      const entries = await redis.xrange(redisKeys.auditStream, "-", "+");
      const records = entries.map(
        ([, fields]) => JSON.parse(fields[fields.indexOf("d") + 1] ?? "null") as AuditRecord,
      );
      const found = records.find((record) => record.event === event);
      if (!found) throw new Error(`no record ${event}`);
      return found;
    },
    { timeout: 10_000, interval: 10 },
  );
}

/** What stands in objects of these types, which read markup. */
function texts(value: unknown, types: readonly string[]): unknown[] {
  if (Array.isArray(value)) return value.flatMap((it) => texts(it, types));
  if (typeof value !== "object" || value === null) return [];
  const { type } = value as { type?: string };
  const here = type !== undefined && types.includes(type) ? [value] : [];
  return [...here, ...Object.values(value).flatMap((it) => texts(it, types))];
}
