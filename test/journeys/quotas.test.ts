import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import {
  Action,
  LimitKey,
  RefuseWith,
  ScanAction,
  WhileHeld,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startRawUpstream, startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { type PolicyInit, TestGateway } from "../support/gateway.ts";
import { connectClient, post } from "../support/mcp.ts";

type Limits = NonNullable<PolicyInit["limits"]>;

const minute = { seconds: 60n };
let upstream: TestUpstream;
let gateway: TestGateway | undefined;

beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream?.stop());
afterEach(() => gateway?.stop());

async function start(limits: Limits, proxies = 1) {
  gateway = await TestGateway.start(policyWith(limits), { proxies });
  const key = await gateway.createAgent("ann");
  const headers = { authorization: `Bearer ${key}` };
  return { gateway, key, headers };
}

describe("an agent that used up its quota", () => {
  it("reads how much it was, and comes back exactly when it was told", async () => {
    const { gateway, headers } = await start([
      { name: "few", per: [LimitKey.AGENT], requests: 2, window: { seconds: 1n } },
    ]);
    const echo = () => post(gateway.url(), echoCall(), headers);
    const [first] = [await echo(), await echo()];
    const refused = await echo();

    expect(first?.headers.get("ratelimit-policy")).toBe('"few";q=2;w=1');
    expect(first?.headers.get("ratelimit")).toBe('"few";r=1');
    expect(refused).toMatchObject({
      status: 429,
      body: {
        error: {
          code: 4290,
          data: {
            kind: "rate-limited",
            limit: "few",
            scope: "2 calls in 1 s for each agent",
            retryAfterMs: expect.any(Number),
            counted: "everywhere",
          },
        },
      },
    });
    const { retryAfterMs } = (refused.body as Refusal).error.data;
    const seconds = Math.ceil(retryAfterMs / 1_000);
    expect(refused.headers.get("retry-after")).toBe(String(seconds));
    expect(refused.headers.get("ratelimit")).toBe(`"few";r=0;t=${seconds}`);
    expect(refused.headers.get("ratelimit-policy")).toBe('"few";q=2;w=1');

    await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
    expect((await echo()).body).toHaveProperty("result");
  });

  it("is not shown what others have left of a limit that they share", async () => {
    const { gateway, headers } = await start([{ name: "together", requests: 100, window: minute }]);
    const answered = await post(gateway.url(), echoCall(), headers);
    expect(answered.body).toHaveProperty("result");
    expect(answered.headers.get("ratelimit")).toBeNull();
  });

  it.each(["legacy", "modern"] as const)(
    "reads it as a result where the policy says so (%s)",
    async (era) => {
      const { gateway, key } = await start([
        {
          name: "few",
          match: { tools: ["*"] },
          requests: 1,
          window: minute,
          refuseWith: RefuseWith.RESULT,
        },
      ]);
      const client = await connectClient(gateway.url(), key, era);
      const echo = () => client.callTool({ name: "echo", arguments: { text: "x" } });
      expect((await echo()).isError).not.toBe(true);

      const refused = await echo();

      expect(refused).toMatchObject({
        isError: true,
        content: [{ text: expect.stringMatching(/not made.*Limit few.*Try again in \d+ ms/) }],
        _meta: { "mcpgateway/limit": { limit: "few", retryAfterMs: expect.any(Number) } },
      });
      await client.close();

      const raw = await post(gateway.url(), echoCall(), { authorization: `Bearer ${key}` });
      expect(raw.status).toBe(200);
      expect(raw.headers.get("ratelimit")).toMatch(/^"few";r=0;t=\d+$/);
    },
  );
});

it("counts calls by an argument, such as a customer's id", async () => {
  const { gateway, headers } = await start([
    { name: "per-customer", perValueOf: ["args.text"], requests: 1, window: minute },
  ]);
  const echo = (text: string) => post(gateway.url(), echoCall(text), headers);

  expect((await echo("c-1")).status).toBe(200);
  expect((await echo("c-2")).status).toBe(200);
  expect((await echo("c-1")).status).toBe(429);
});

it("lets so many calls run at a time, over all proxies, and the next when one ends", async () => {
  const answers: (() => void)[] = [];
  const slow = await startRawUpstream((_, response) => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, result: { content: [] } });
    answers.push(() => response.setHeader("content-type", "application/json").end(body));
  });
  const policy = policyWith([{ name: "one", concurrent: 1 }]);
  gateway = await TestGateway.start(
    {
      ...policy,
      upstreams: [{ name: "fixture", url: slow.url }],
      scanning: { profiles: [{ name: "none", arguments: { schema: ScanAction.OFF } }] },
    },
    { proxies: 2 },
  );
  const headers = { authorization: `Bearer ${await gateway.createAgent("ann")}` };
  const running = post(gateway.url(0), echoCall(), headers);
  await vi.waitFor(() => expect(answers).toHaveLength(1));

  expect((await post(gateway.url(1), echoCall(), headers)).body).toMatchObject({
    error: { data: { limit: "one", scope: "1 calls at a time for all calls together" } },
  });

  answers.pop()?.();
  expect((await running).body).toHaveProperty("result");
  const next = post(gateway.url(1), echoCall(), headers);
  await vi.waitFor(() => expect(answers).toHaveLength(1));
  answers.pop()?.();
  expect((await next).status).toBe(200);
  await slow.stop();
});

it("keeps its counts over a push that leaves the limit alone, and lowers them at once", async () => {
  const limits = (requests: number): Limits => [{ name: "few", requests, window: minute }];
  const { gateway, headers } = await start(limits(30));
  for (let call = 0; call < 25; call += 1) await post(gateway.url(), echoCall(), headers);

  await gateway.push({ ...policyWith(limits(30)), audit: { maxValueBytes: 1_000 } });
  const next = await post(gateway.url(), echoCall(), headers);
  expect(next.status).toBe(200);
  const [last] = (await gateway.outcomes(26)).slice(-1);
  expect(last?.decision?.limits).toMatchObject([{ name: "few", remaining: 4, source: "redis" }]);

  await gateway.push(policyWith(limits(26)));
  expect((await post(gateway.url(), echoCall(), headers)).status).toBe(429);
});

describe("a call that waits for people", () => {
  const write = { jsonrpc: "2.0", id: 1, method: "tools/call", params: writeParams() };

  it("uses up its quota once, when it runs, however often it was repeated", async () => {
    const { gateway, headers } = await start([{ name: "three", requests: 3, window: minute }], 2);
    for (let round = 0; round < 4; round += 1) {
      const waiting = await post(gateway.url(round % 2), write, headers);
      expect(waiting.body).toMatchObject({ result: { isError: true } });
    }
    await gateway.decide(true);
    expect((await post(gateway.url(), write, headers)).body).toMatchObject({
      result: { content: [{ text: expect.not.stringContaining("waits for approval") }] },
    });

    expect((await post(gateway.url(), echoCall(), headers)).status).toBe(200);
    expect((await post(gateway.url(), echoCall(), headers)).status).toBe(200);
    expect((await post(gateway.url(), echoCall(), headers)).status).toBe(429);
  });

  it("waits on when others have used up its quota meanwhile, and is told what people said", async () => {
    const { gateway, headers } = await start([{ name: "one", requests: 1, window: minute }], 2);
    await post(gateway.url(), write, headers);
    expect((await post(gateway.url(), echoCall(), headers)).status).toBe(200);

    for (const proxy of [0, 1]) {
      const waiting = await post(gateway.url(proxy), write, headers);
      expect(waiting).toMatchObject({ status: 200, text: expect.stringContaining("waits for") });
    }
    const other = {
      ...write,
      params: { ...writeParams(), arguments: { path: "/b", content: "b" } },
    };
    expect((await post(gateway.url(), other, headers)).status).toBe(429);
    await gateway.decide(false, "not today");
    const told = await post(gateway.url(1), write, headers);
    expect(told).toMatchObject({ status: 200, text: expect.stringContaining("not today") });
  });

  it("has its place in each round of waiting, where the policy says that it keeps it", async () => {
    const limits = [{ name: "one", concurrent: 1, whileHeld: WhileHeld.KEEP }];
    const { gateway, headers } = await start(limits);
    await post(gateway.url(), write, headers);
    await gateway.push(policyWith(limits, 30n));
    const waiting = post(gateway.url(), write, headers);
    await vi.waitFor(async () =>
      expect((await post(gateway.url(), echoCall(), headers)).status).toBe(429),
    );
    expect((await post(gateway.url(), write, headers)).status).toBe(429);

    await gateway.decide(true);
    expect((await waiting).status).toBe(200);
  });

  it("is refused before people are asked when there is no quota left", async () => {
    const { gateway, headers } = await start([{ name: "one", requests: 1, window: minute }]);
    await post(gateway.url(), echoCall(), headers);

    expect((await post(gateway.url(), write, headers)).status).toBe(429);
    expect((await gateway.records()).map(({ event }) => event)).not.toContain("approval.opened");
  });

  it("keeps its approval when its quota was used up meanwhile", async () => {
    const runsBefore = upstream.runs.get("write") ?? 0;
    const { gateway, headers } = await start([
      { name: "one", requests: 1, window: { seconds: 2n } },
    ]);
    await post(gateway.url(), write, headers);
    await post(gateway.url(), echoCall(), headers);
    await gateway.decide(true);

    const refused = await post(gateway.url(), write, headers);
    expect(refused.status).toBe(429);
    expect(upstream.runs.get("write") ?? 0).toBe(runsBefore);
    const { retryAfterMs } = (refused.body as Refusal).error.data;
    await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
    expect((await post(gateway.url(), write, headers)).body).toHaveProperty("result");
    expect(upstream.runs.get("write") ?? 0).toBe(runsBefore + 1);
  });

  it.each([
    { whileHeld: WhileHeld.RELEASE, status: 200 },
    { whileHeld: WhileHeld.KEEP, status: 429 },
  ])("has a place among those under way as the policy says ($whileHeld)", async (given) => {
    const { gateway, headers } = await start([
      { name: "one", concurrent: 1, whileHeld: given.whileHeld },
    ]);
    await gateway.push(
      policyWith([{ name: "one", concurrent: 1, whileHeld: given.whileHeld }], 30n),
    );
    const waiting = post(gateway.url(), write, headers);
    await gateway.pendingApproval();

    expect((await post(gateway.url(), echoCall(), headers)).status).toBe(given.status);

    await gateway.decide(true);
    expect((await waiting).body).toMatchObject({ result: { content: expect.anything() } });
    await vi.waitFor(async () =>
      expect((await post(gateway.url(), echoCall(), headers)).status).toBe(200),
    );
  });
});

interface Refusal {
  readonly error: { readonly data: { readonly retryAfterMs: number } };
}

function echoCall(text = "x", name = "echo") {
  return { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: { text } } };
}

function writeParams() {
  return { name: "write", arguments: { path: "/a", content: "b" } };
}

function policyWith(limits: Limits, holdSeconds = 0n): PolicyInit {
  return {
    upstreams: [{ name: "fixture", url: upstream.url }],
    routes: [{ path: "/mcp", upstreams: ["fixture"] }],
    rules: [
      { name: "reads", match: { tools: ["fixture/echo*"] }, action: Action.ALLOW },
      {
        name: "writes",
        match: { tools: ["fixture/write"] },
        action: Action.APPROVE,
        approval: "anyone",
      },
    ],
    approvals: [{ name: "anyone", holdFor: { seconds: holdSeconds } }],
    limits,
  };
}
