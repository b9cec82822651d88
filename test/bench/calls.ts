/** What a small call costs: direct, through a bare proxy on Node, and through the gateway. */
import { parseArgs } from "node:util";
import { Lifecycle } from "../../core/service/lifecycle.ts";
import { AgentService } from "../../proto/gen/mcpgateway/v1/agent_service_pb.ts";
import {
  Access,
  Action,
  LimitKey,
  ScanAction,
  WhenRedisIsDown,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import type { Load, LoadResult } from "./calls-load.ts";
import {
  cpuMsOf,
  type Measured,
  type StartedScript,
  startGateway,
  startScript,
} from "./processes.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    json: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const many = { inFlight: 64, calls: 1_500 };
const single = { inFlight: 1, calls: 300 };
/** Until the compiler of V8 and the pools are warm. */
const warmUp = { inFlight: 64, calls: 3_000 };

interface Way {
  readonly name: string;
  readonly path: string;
  readonly key: string;
  readonly process: Measured;
}

interface Line {
  readonly way: string;
  readonly callsPerSecond: number;
  readonly p99Ms: number;
  /** Of the process that is measured, in microseconds of its processor for each call. */
  readonly cpuUs: number;
  /** One call at a time. */
  readonly aloneP50Us: number;
}

const lifecycle = new Lifecycle();
try {
  await main();
} finally {
  await lifecycle.close();
}

async function main(): Promise<void> {
  const upstream = await startScript(lifecycle, "calls-upstream");
  const upstreamUrl = `http://127.0.0.1:${upstream.port}/mcp`;
  const bare = await startScript(lifecycle, "bare-proxy", upstreamUrl);
  const gateway = await startGateway(lifecycle, policyFor(upstreamUrl));
  const { key } = await gateway.operator.call(AgentService.method.createAgent, { id: "agent-0" });
  const load = await startScript(lifecycle, "calls-load");
  const open = { path: "/mcp", key: "" };
  const ways: Way[] = [
    { name: "direct", process: upstream, ...open },
    { name: "bare proxy", process: bare, ...open },
    { name: "gateway, no key or scan", process: gateway, path: "/open", key: "" },
    { name: "gateway, no scan", process: gateway, path: "/unscanned", key },
    { name: "gateway, everything", process: gateway, path: "/mcp", key },
  ];
  const lines = await measure(ways, load);
  if (values.json) process.stdout.write(`${JSON.stringify(lines, undefined, 2)}\n`);
  else print(lines);
}

/** Each way in turn, round by round: what disturbs the machine disturbs them all. */
async function measure(ways: readonly Way[], load: StartedScript): Promise<Line[]> {
  for (const way of ways) await run(way, warmUp, load);
  const results = ways.map(() => ({ many: [] as LoadResult[], alone: [] as number[], cpuMs: 0 }));
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, way] of ways.entries()) {
      const result = results[index];
      if (!result) continue;
      const before = cpuMsOf(way.process.pid);
      result.many.push(await run(way, many, load));
      result.cpuMs += cpuMsOf(way.process.pid) - before;
      result.alone.push((await run(way, single, load)).p50Us);
    }
  }
  return results.map((result, index) => ({
    way: ways[index]?.name ?? "",
    callsPerSecond: many.calls / median(result.many.map(({ seconds }) => seconds)),
    p99Ms: median(result.many.map(({ p99Us }) => p99Us)) / 1_000,
    cpuUs: (result.cpuMs * 1_000) / (rounds * many.calls),
    aloneP50Us: median(result.alone),
  }));
}

async function run(
  { process: { port }, path, key }: Way,
  slice: { readonly inFlight: number; readonly calls: number },
  { child }: StartedScript,
): Promise<LoadResult> {
  const load: Load = { port, path, key, ...slice };
  return await new Promise((resolve, reject) => {
    const onExit = () => reject(new Error("the load ended"));
    child.once("exit", onExit);
    child.once("message", (result) => {
      child.off("exit", onExit);
      resolve(result as LoadResult);
    });
    child.send(load);
  });
}

/** A hundred rules, three limits, the whole scan, a record of each call; a route without the scan; and one without key and scan. */
function policyFor(url: string) {
  const { OFF } = ScanAction;
  const off = { secrets: OFF, hiddenCharacters: OFF, personalData: OFF };
  const unscanned = {
    match: { routes: ["/open", "/unscanned"] },
    arguments: { ...off, schema: OFF, unknownArguments: OFF, injection: OFF },
    results: { ...off, promptInjection: OFF, links: OFF },
  };
  const others = Array.from({ length: 99 }, (_, index) => ({
    name: `rule-${index}`,
    match: { agents: [`other-${index}-*`], tools: [`bench/tool-${index}*`] },
    action: index % 2 === 0 ? Action.ALLOW : Action.DENY,
  }));
  // On a busy machine Redis may miss its deadline: the calls that follow are part of the measurement all the same.
  const whenRedisIsDown = WhenRedisIsDown.ALLOW;
  const routes = ["/mcp", "/unscanned"];
  const limit = { requests: 10_000_000, match: { routes }, whenRedisIsDown };
  return {
    apiVersion: "mcpgateway/v1",
    kind: "Policy",
    metadata: { name: "bench" },
    upstreams: [{ name: "bench", url, maxConcurrent: 1_000 }],
    routes: [
      ...routes.map((path) => ({ path, upstreams: ["bench"] })),
      { path: "/open", upstreams: ["bench"], anonymous: Access.ALLOW },
    ],
    rules: [...others, { name: "bench", match: { tools: ["bench/bench"] }, action: Action.ALLOW }],
    limits: [
      { ...limit, name: "minute", per: [LimitKey.AGENT], window: { seconds: 60n } },
      { ...limit, name: "hour", per: [LimitKey.AGENT, LimitKey.TOOL], window: { seconds: 3_600n } },
      { ...limit, name: "day", per: [LimitKey.AGENT], window: { seconds: 86_400n } },
    ],
    scanning: {
      profiles: [{ name: "standard" }],
      overrides: [unscanned],
    },
  };
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function print(lines: readonly Line[]): void {
  const bare = lines.find(({ way }) => way === "bare proxy");
  const direct = lines.find(({ way }) => way === "direct");
  const say = (cells: readonly string[]) =>
    process.stdout.write(
      `${cells.map((cell, index) => (index === 0 ? cell.padEnd(26) : cell.padStart(18))).join("")}\n`,
    );
  const ratio = (value: number, of = 1) => `${value.toFixed(0)} (${(value / of).toFixed(2)})`;
  say(["", "calls/s", "CPU µs/call", "p99 ms", "alone: p50 µs", "added µs"]);
  for (const { way, callsPerSecond, cpuUs, p99Ms, aloneP50Us } of lines) {
    const added = aloneP50Us - (direct?.aloneP50Us ?? 0);
    say([
      way,
      ratio(callsPerSecond, bare?.callsPerSecond),
      ratio(cpuUs, bare?.cpuUs),
      p99Ms.toFixed(1),
      aloneP50Us.toFixed(0),
      ratio(added, bare && direct && bare.aloneP50Us - direct.aloneP50Us),
    ]);
  }
}
