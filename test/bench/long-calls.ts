/** How late the thread that serves all calls is while agents send and read what is long: scanned there, and in other threads. */
import { once } from "node:events";
import { parseArgs } from "node:util";
import { Lifecycle } from "../../core/service/lifecycle.ts";
import { Access, Action, ScanAction } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import type { LoopDelay } from "./loop-delay.ts";
import { type MeasuredGateway, startGateway, startScript } from "./processes.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const agents = 8;
const callsOfEach = 1;
/** Just below what a request may have. */
const argumentBytes = 4 * 1_048_576 - 4_096;
const sentence =
  "The quarterly report says that 1,204 orders were shipped to 37 cities; see section 4.2 for details. ";
const row =
  '{"id": 48213, "name": "Widget, blue", "price": 12.5, "updated": "2026-03-04T10:11:12Z"}';

const filled = (piece: string) => piece.repeat(Math.floor(argumentBytes / piece.length));
const bodies: Readonly<Record<string, string>> = {
  "prose, 4 MiB": callWith(JSON.stringify(filled(sentence))),
  "rows, 2 MiB": callWith(
    `[${Array.from({ length: 2_000 }, () => row.replace("blue", "blue ".repeat(180))).join()}]`,
  ),
};

function callWith(note: string): string {
  const params = `{"name":"bench","arguments":{"note":${note}}}`;
  return `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`;
}

interface Measures extends LoopDelay {
  readonly seconds: number;
}

interface Line extends Measures {
  readonly what: string;
  readonly workers: number;
}

interface Way {
  readonly workers: number;
  readonly gateway: MeasuredGateway;
}

let sent = 0;
const lifecycle = new Lifecycle();
try {
  const lines = await main();
  if (values.json) process.stdout.write(`${JSON.stringify(lines, undefined, 2)}\n`);
  else print(lines);
} finally {
  await lifecycle.close();
}

async function main(): Promise<Line[]> {
  const { port } = await startScript(lifecycle, "calls-upstream");
  const policy = policyFor(`http://127.0.0.1:${port}/mcp`);
  const preload = new URL("./loop-delay.ts", import.meta.url);
  const ways: Way[] = [];
  for (const workers of [0, 2]) {
    const env = { MCPGW_SCAN_WORKERS: `${workers}` };
    ways.push({ workers, gateway: await startGateway(lifecycle, policy, { env, preload }) });
  }
  const lines: Line[] = [];
  for (const [what, body] of Object.entries(bodies)) {
    lines.push(...(await compare(ways, what, body)));
  }
  return lines;
}

/** In turn, round by round: what disturbs the machine disturbs both. The first round is for V8 to get warm. */
async function compare(ways: readonly Way[], what: string, body: string): Promise<Line[]> {
  const found = ways.map(() => [] as Measures[]);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, { gateway }] of ways.entries()) {
      const measured = await measure(gateway, body);
      if (round > 0) found[index]?.push(measured);
    }
  }
  return ways.map(({ workers }, index) => {
    const of = (field: keyof Measures) => median((found[index] ?? []).map((it) => it[field]));
    const late = { p50: of("p50"), p99: of("p99"), max: of("max") };
    return { what, workers, ...late, cpuMs: of("cpuMs"), seconds: of("seconds") };
  });
}

async function measure(gateway: MeasuredGateway, body: string): Promise<Measures> {
  await delayOf(gateway);
  const beganAt = performance.now();
  const send = async () => {
    for (let count = 0; count < callsOfEach; count += 1) await post(gateway, body);
  };
  await Promise.all(Array.from({ length: agents }, send));
  const seconds = (performance.now() - beganAt) / 1_000;
  return { ...(await delayOf(gateway)), seconds };
}

async function post({ port }: MeasuredGateway, body: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/mcp`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2025-06-18",
    },
    // What was looked through before would not be looked through again.
    body: body.replace("The quarterly", () => `${++sent}. The quarterly`),
  });
  const text = await response.text();
  if (!text.includes('"content"')) throw new Error(`that is no answer: ${text.slice(0, 500)}`);
}

async function delayOf({ child }: MeasuredGateway): Promise<LoopDelay> {
  child.send("delay");
  const [told] = await once(child, "message");
  return told as LoopDelay;
}

function policyFor(url: string) {
  const { LOG } = ScanAction;
  return {
    apiVersion: "mcpgateway/v1",
    kind: "Policy",
    metadata: { name: "bench" },
    upstreams: [{ name: "bench", url, maxConcurrent: 1_000 }],
    routes: [{ path: "/mcp", upstreams: ["bench"], anonymous: Access.ALLOW }],
    rules: [{ name: "bench", match: { tools: ["bench/bench"] }, action: Action.ALLOW }],
    scanning: {
      profiles: [
        {
          name: "standard",
          arguments: {
            schema: ScanAction.OFF,
            secrets: LOG,
            hiddenCharacters: LOG,
            personalData: LOG,
          },
        },
      ],
    },
  };
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function print(lines: readonly Line[]): void {
  const say = (cells: readonly string[]) =>
    process.stdout.write(
      `${cells.map((cell, index) => (index === 0 ? cell.padEnd(34) : cell.padStart(16))).join("")}\n`,
    );
  say([
    `${agents} agents send`,
    "late p50 ms",
    "late p99 ms",
    "late max ms",
    "own CPU ms",
    "seconds",
  ]);
  for (const line of lines) {
    const base = lines.find(({ what, workers }) => what === line.what && workers === 0);
    const ratio = (field: keyof Measures) => {
      const value = line[field];
      return `${value.toFixed(field === "seconds" ? 2 : 1)} (${(value / (base?.[field] ?? value)).toFixed(2)})`;
    };
    const where = line.workers === 0 ? "here" : `${line.workers} threads`;
    say([
      `${line.what}, ${where}`,
      ratio("p50"),
      ratio("p99"),
      ratio("max"),
      ratio("cpuMs"),
      ratio("seconds"),
    ]);
  }
}
