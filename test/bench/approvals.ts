/** How many calls one proxy can hold, what each costs, and how soon a decision is answered. */
import { Agent, request } from "node:http";
import { parseArgs } from "node:util";
import { Redis } from "ioredis";
import { ApprovalStore } from "../../core/approvals/approval-store.ts";
import { Lifecycle } from "../../core/service/lifecycle.ts";
import { AgentService } from "../../proto/gen/mcpgateway/v1/agent_service_pb.ts";
import { ApprovalService } from "../../proto/gen/mcpgateway/v1/approval_service_pb.ts";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { modernHeaders, modernMeta } from "../support/mcp.ts";
import { startModernUpstream } from "../support/modern-upstream.ts";
import { type MeasuredGateway, peakGrowth, startGateway, startScript } from "./processes.ts";

const { values } = parseArgs({
  options: {
    calls: { type: "string", default: "2000" },
    json: { type: "boolean", default: false },
  },
});
const calls = Number(values.calls);
const perAgent = 500;
/** Decided one after the other, to see how soon each is answered. */
const alone = Math.min(300, Math.floor(calls / 4));
const atOnce = 16;

interface Pending {
  readonly id: string;
  readonly digest: string;
  readonly arguments: string;
}

const lifecycle = new Lifecycle();
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
try {
  await main();
} finally {
  agent.destroy();
  await lifecycle.close();
}

async function main(): Promise<void> {
  const idleMiB = await idleGrowth();
  const gateway = await start();
  const keys = await createKeys(gateway);
  const answers = new Map<string, Promise<number>>();
  let pending: readonly Pending[] = [];
  const grownMiB = await peakGrowth(gateway.pid, async () => {
    for (let call = 0; call < calls; call += 1) {
      const to = `call ${call}`;
      answers.set(to, answeredAt(gateway.port, keys[Math.floor(call / perAgent)] ?? "", to));
      await pause(call);
    }
    pending = await allPending(gateway);
  });
  const decide = async ({ id, digest, arguments: args }: Pending) => {
    const sentAt = performance.now();
    const decision = { id, digest, approve: true };
    await gateway.operator.call(ApprovalService.method.decideApproval, decision, 60_000);
    const recordedAt = performance.now();
    const at = (await answers.get((JSON.parse(args) as { to: string }).to)) ?? Number.NaN;
    return { fromSent: at - sentAt, fromRecorded: Math.max(0, at - recordedAt) };
  };
  const times: Awaited<ReturnType<typeof decide>>[] = [];
  for (const one of pending.slice(0, alone)) times.push(await decide(one));

  const rest = pending.slice(alone);
  const beganAt = performance.now();
  const deciders = Array.from({ length: atOnce }, async () => {
    for (let one = rest.shift(); one; one = rest.shift()) await decide(one);
  });
  const others = rest.length;
  await Promise.all(deciders);
  const seconds = (performance.now() - beganAt) / 1_000;
  report({
    held: pending.length,
    kibPerHeldCall: round((grownMiB * 1_024) / calls),
    kibPerIdleRequestOfNode: round((idleMiB * 1_024) / calls),
    sentToAnswerMs: percentiles(times.map(({ fromSent }) => fromSent)),
    recordedToAnswerMs: percentiles(times.map(({ fromRecorded }) => fromRecorded)),
    secondsToResolveTheRest: round(seconds),
    resolvedPerSecond: round(others / seconds),
  });
}

/** A storm that takes its time: what is measured is holding, not how fast a listener accepts. */
async function pause(call: number): Promise<void> {
  if (call % 25 === 24) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** What as many requests take that wait at a server of Node's own, which does nothing. Part of every held call. */
async function idleGrowth(): Promise<number> {
  const idle = await startScript(lifecycle, "idle-post");
  const waiting = new Agent({ maxSockets: Number.POSITIVE_INFINITY });
  try {
    return await peakGrowth(idle.pid, async () => {
      const opened: Promise<unknown>[] = [];
      for (let call = 0; call < calls; call += 1) {
        const options = { port: idle.port, path: "/mcp", method: "POST", agent: waiting };
        const asking = request(options).on("error", () => {});
        opened.push(new Promise((resolve) => asking.once("response", resolve)));
        asking.end("{}");
        await pause(call);
      }
      await Promise.all(opened);
    });
  } finally {
    waiting.destroy();
  }
}

async function start(): Promise<MeasuredGateway> {
  const upstream = await startModernUpstream(({ method }) => {
    const tools = [{ name: "pay", inputSchema: { type: "object" } }];
    if (method === "tools/list") return { tools, ttlMs: 60_000, cacheScope: "private" };
    return method === "tools/call" ? { content: [{ type: "text", text: "paid" }] } : undefined;
  });
  lifecycle.use("upstream", upstream, (it) => it.stop());
  return await startGateway(lifecycle, {
    apiVersion: "mcpgateway/v1",
    kind: "Policy",
    metadata: { name: "bench" },
    upstreams: [{ name: "bank", url: upstream.url, maxConcurrent: 1_000 }],
    routes: [{ path: "/mcp", upstreams: ["bank"] }],
    rules: [{ name: "ask", match: { tools: ["*/*"] }, action: Action.APPROVE, approval: "anyone" }],
    approvals: [{ name: "anyone", holdFor: { seconds: 280n }, maxPendingPerAgent: perAgent }],
  });
}

async function createKeys({ operator, port }: MeasuredGateway): Promise<string[]> {
  const count = Math.ceil(calls / perAgent);
  const keys: string[] = [];
  for (let index = 0; index < count; index += 1) {
    keys.push((await operator.call(AgentService.method.createAgent, { id: `a${index}` })).key);
  }
  for (const key of keys) {
    const isKnown = async () => {
      const headers = { authorization: `Bearer ${key}` };
      const response = await fetch(`http://127.0.0.1:${port}/mcp`, { method: "PUT", headers });
      await response.arrayBuffer();
      return response.status !== 401;
    };
    while (!(await isKnown())) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return keys;
}

/** Every call, once all of them wait. The service shows a thousand at the most. */
async function allPending({ redisUrl }: MeasuredGateway): Promise<readonly Pending[]> {
  const redis = lifecycle.use("redis", new Redis(redisUrl), (it) => it.disconnect());
  const store = new ApprovalStore(redis);
  for (;;) {
    const pending = await store.list({ state: "pending", limit: calls });
    if (pending.length >= calls) return pending;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Makes a call and resolves to when its answer has come whole (performance.now()). */
function answeredAt(port: number, key: string, to: string): Promise<number> {
  const params = { name: "pay", arguments: { to }, _meta: modernMeta() };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
  const headers = {
    authorization: `Bearer ${key}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    ...modernHeaders("tools/call", "pay"),
  };
  return new Promise((resolve, reject) => {
    const asking = request({ port, path: "/mcp", method: "POST", headers, agent }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.once("end", () => {
        if (text.includes('"text":"paid"')) resolve(performance.now());
        else reject(new Error(`not the right answer: ${text.slice(0, 300)}`));
      });
      response.once("error", reject);
    });
    asking.once("error", reject);
    asking.end(body);
  });
}

function percentiles(measured: readonly number[]) {
  const sorted = measured.toSorted((one, other) => one - other);
  const at = (share: number) => round(sorted[Math.floor(sorted.length * share)] ?? Number.NaN);
  return { p50: at(0.5), p99: at(0.99) };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function report(lines: object): void {
  process.stdout.write(`${JSON.stringify(lines, null, values.json ? 0 : 2)}\n`);
}
