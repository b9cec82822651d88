/** How quickly events and long results go through: direct, through a bare proxy on Node, and through the gateway. */
import { Agent, type IncomingMessage, request } from "node:http";
import { parseArgs } from "node:util";
import { Lifecycle } from "../../core/service/lifecycle.ts";
import { Access, Action, ScanAction } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { type Measured, peakGrowth, startGateway, startScript } from "./processes.ts";

const mebibyte = 1024 * 1024;
const rounds = { events: 6, short: 15, long: 2 };
const ticksPerRound = 25;

interface Way {
  readonly name: string;
  readonly url: string;
}

interface Line {
  readonly way: string;
  /** Milliseconds from the upstream's write to the agent's read: median, and 99th of a hundred. */
  readonly eventP50: number;
  readonly eventP99: number;
  /** MiB per second. */
  readonly short: number;
  readonly long: number;
}

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const agent = new Agent({ keepAlive: true });
const lifecycle = new Lifecycle();
try {
  await main();
} finally {
  agent.destroy();
  await lifecycle.close();
}

async function main(): Promise<void> {
  const upstream = await startScript(lifecycle, "stream-upstream");
  const upstreamUrl = `http://127.0.0.1:${upstream.port}/mcp`;
  const bare = await startScript(lifecycle, "bare-proxy", upstreamUrl);
  const gateway = await startGateway(lifecycle, policyFor(upstreamUrl));
  const through = (scan: string) => ({
    name: `gateway, results: ${scan}`,
    url: `http://127.0.0.1:${gateway.port}/${scan}`,
  });
  const bareWay = { name: "bare proxy", url: `http://127.0.0.1:${bare.port}/mcp` };
  const ways = [{ name: "direct", url: upstreamUrl }, bareWay, ...["off", "log"].map(through)];

  const speed = await measureSpeed(ways);
  const memory = [
    await measureMemory(bareWay, bare),
    await measureMemory(through("off"), gateway),
    await measureMemory(through("redact"), gateway),
  ];
  if (values.json) process.stdout.write(`${JSON.stringify({ speed, memory }, undefined, 2)}\n`);
  else print(speed, memory);
}

/** Each way in turn, round by round: what disturbs the machine disturbs them all. */
async function measureSpeed(ways: readonly Way[]): Promise<Line[]> {
  for (const way of ways) await take(way, { bytes: mebibyte });
  const delays = await interleaved(ways, rounds.events, (way) => eventDelays(way));
  const short = await interleaved(ways, rounds.short, async (way) => [await rate(way, 1)]);
  const long = await interleaved(ways, rounds.long, async (way) => [await rate(way, 64)]);
  return ways.map((way, index) => ({
    way: way.name,
    eventP50: quantile(delays[index], 0.5),
    eventP99: quantile(delays[index], 0.99),
    short: quantile(short[index], 0.5),
    long: quantile(long[index], 0.5),
  }));
}

async function interleaved(
  ways: readonly Way[],
  count: number,
  measure: (way: Way) => Promise<number[]>,
): Promise<number[][]> {
  const results: number[][] = ways.map(() => []);
  for (let round = 0; round < count; round += 1) {
    for (const [index, way] of ways.entries()) results[index]?.push(...(await measure(way)));
  }
  return results;
}

async function eventDelays(way: Way): Promise<number[]> {
  const delays: number[] = [];
  await take(way, { ticks: ticksPerRound }, (chunk) => {
    const now = process.hrtime.bigint();
    for (const [, sentAt = "0"] of chunk.toString().matchAll(/"sentAt":"(\d+)"/g)) {
      delays.push(Number(now - BigInt(sentAt)) / 1e6);
    }
  });
  if (delays.length !== ticksPerRound) throw new Error(`${way.name} lost events`);
  return delays;
}

async function rate(way: Way, mebibytes: number): Promise<number> {
  const startedAt = performance.now();
  await take(way, { bytes: mebibytes * mebibyte });
  return mebibytes / ((performance.now() - startedAt) / 1_000);
}

interface Growth {
  readonly way: string;
  /** MiB beyond what the process took before. */
  readonly one: number;
  readonly eight: number;
  /** How many of the eight were refused. */
  readonly refused: number;
}

async function measureMemory(way: Way, { pid }: Measured): Promise<Growth> {
  const long = { bytes: 64 * mebibyte };
  const one = await peakGrowth(pid, () => take(way, long).catch(() => 0));
  let refused = 0;
  const eight = await peakGrowth(pid, () =>
    Promise.all(
      Array.from({ length: 8 }, async () => {
        const bytes = await take(way, long, undefined, false);
        if (bytes < long.bytes) refused += 1;
      }),
    ),
  );
  return { way: way.name, one, eight, refused };
}

/** Makes a call and reads its answer. Resolves to the bytes of it. Rejects when it is shorter than what was asked for. */
async function take(
  { name, url }: Way,
  asked: { readonly ticks?: number; readonly bytes?: number },
  onChunk: (chunk: Buffer) => void = () => {},
  isStrict = true,
): Promise<number> {
  const params = { name: "bench", arguments: asked };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
  const headers = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { method: "POST", headers, agent }, resolve).once("error", reject).end(body);
  });
  let bytes = 0;
  for await (const chunk of response) {
    bytes += (chunk as Buffer).length;
    onChunk(chunk as Buffer);
  }
  if (isStrict && bytes < (asked.bytes ?? 0)) throw new Error(`${name} sent only ${bytes} bytes`);
  return bytes;
}

function policyFor(url: string) {
  const { OFF, LOG, REDACT } = ScanAction;
  const results = { off: OFF, log: LOG, redact: REDACT };
  const scans = Object.entries(results);
  return {
    apiVersion: "mcpgateway/v1",
    kind: "Policy",
    metadata: { name: "bench" },
    upstreams: [{ name: "bench", url }],
    routes: scans.map(([path]) => ({
      path: `/${path}`,
      upstreams: ["bench"],
      anonymous: Access.ALLOW,
    })),
    rules: [{ name: "everything", match: {}, action: Action.ALLOW }],
    scanning: {
      profiles: [{ name: "p", arguments: { schema: OFF } }],
      overrides: scans.map(([path, action]) => ({
        match: { routes: [`/${path}`] },
        results: {
          secrets: action,
          hiddenCharacters: action,
          // Where it redacts, what only flags goes on flagging.
          ...(action === OFF && { promptInjection: OFF, links: OFF }),
        },
      })),
    },
  };
}

function quantile(numbers: readonly number[] | undefined, share: number): number {
  const sorted = [...(numbers ?? [])].sort((one, other) => one - other);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN;
}

function print(speed: readonly Line[], memory: readonly Growth[]): void {
  const bare = speed.find(({ way }) => way === "bare proxy");
  const ratio = (value: number, of = 1) => `${value.toFixed(0)} (${(value / of).toFixed(2)})`;
  const say = (cells: readonly string[]) =>
    process.stdout.write(
      `${cells.map((cell, index) => (index === 0 ? cell.padEnd(24) : cell.padStart(18))).join("")}\n`,
    );
  say(["", "event p50 ms", "event p99 ms", "1 MiB: MiB/s", "64 MiB: MiB/s"]);
  for (const { way, eventP50, eventP99, short, long } of speed) {
    say([
      way,
      eventP50.toFixed(3),
      eventP99.toFixed(3),
      ratio(short, bare?.short),
      ratio(long, bare?.long),
    ]);
  }
  say([]);
  say(["peak growth in MiB", "1 x 64 MiB", "8 x 64 MiB", "refused of 8"]);
  for (const { way, one, eight, refused } of memory) {
    say([way, one.toFixed(0), eight.toFixed(0), String(refused)]);
  }
}
