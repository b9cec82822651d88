/** What a scan costs: microseconds for ordinary calls and results, and by size up to a megabyte, honest and hostile. */
import { parseArgs } from "node:util";
import { pino } from "pino";
import { defaultScanSettings } from "../../core/policy/compile-scanning.ts";
import type { ScanSettings } from "../../core/policy/compiled-scanning.ts";
import { Inspector } from "../../data-plane/inspection/inspector.ts";
import { ScanPool } from "../../data-plane/inspection/pool/scan-pool.ts";
import { argumentsPart } from "../../data-plane/mcp/message-part.ts";
import { hostileTexts } from "./hostile-texts.ts";

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });

/** What a careful operator turns on. */
const settings: ScanSettings = {
  ...defaultScanSettings,
  arguments: {
    ...defaultScanSettings.arguments,
    secrets: "redact",
    hiddenCharacters: "block",
    injection: "block",
    personalData: "log",
  },
  results: {
    ...defaultScanSettings.results,
    secrets: "redact",
    hiddenCharacters: "redact",
    personalData: "redact",
    promptInjection: "redact",
    links: "redact",
  },
};

const redactionKey = Buffer.alloc(32, 1);
const inspector = new Inspector({ redactionKey });
const inputSchema = {
  type: "object",
  properties: {
    path: { type: "string" },
    query: { type: "string", description: "What to look for" },
    url: { type: "string", format: "uri" },
    limit: { type: "integer", maximum: 100 },
    tags: { type: "array", items: { type: "string" } },
  },
  additionalProperties: false,
};
const calls = {
  "call: a path": { path: "docs/2024/report.md", limit: 10 },
  "call: an address": { url: "https://api.example.com/v1/items?page=2" },
  "call: five arguments": {
    path: "src/index.ts",
    query: "how is the configuration read when the process starts",
    url: "https://example.com",
    limit: 5,
    tags: ["alpha", "beta", "gamma"],
  },
};

const sentence =
  "The quarterly report says that 1,204 orders were shipped to 37 cities; see section 4.2 for details. ";
const row =
  '{"id": 48213, "name": "Widget, blue", "price": 12.5, "updated": "2026-03-04T10:11:12Z"}, ';
const honest = (size: number) => sentence.repeat(Math.ceil(size / sentence.length)).slice(0, size);
const rows = (size: number) => row.repeat(Math.ceil(size / row.length)).slice(0, size);
const mebibyte = 1_048_576;
interface Line {
  readonly what: string;
  readonly bytes: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

let made = 0;
const lines: Line[] = [
  ...Object.entries(calls).map(([what, args]) =>
    measure({
      what,
      bytes: JSON.stringify(args).length,
      rounds: 3_000,
      make: () => args,
      look: (it) => inspector.inspectArguments({ arguments: it, inputSchema, settings }),
    }),
  ),
  ...[200, 1_024, 16_384, 65_536, mebibyte].flatMap((size) => [
    measureText(`prose, ${size} B`, honest(size)),
    measureText(`JSON, ${size} B`, rows(size)),
  ]),
  measureText("prose, 65536 B, second look", honest(65_536), 1),
  measureText("prose, 65536 B, third look", honest(65_536), 2),
  ...Object.entries(hostileTexts).map(([what, make]) =>
    measureText(`1 MiB of ${what}`, make(mebibyte)),
  ),
];

const threads: readonly ThreadLine[] = await measureThreads();

if (values.json) process.stdout.write(`${JSON.stringify([...lines, ...threads], undefined, 2)}\n`);
else print();

function measureText(what: string, text: string, looksBefore = 0): Line {
  const rounds = Math.max(
    5,
    Math.min(3_000, Math.round(20_000_000 / Math.max(1_000, text.length * 4))),
  );
  const look = (message: unknown) => inspector.inspectMessage({ message, settings });
  const make = () => {
    const content = [{ type: "text", text: likeNoOther(text) }];
    const message = { jsonrpc: "2.0", id: 1, result: { content } };
    for (let count = 0; count < looksBefore; count += 1) look(message);
    return message;
  };
  return measure({ what, bytes: text.length, rounds, make, look });
}

/** What was there before need not be looked through again. It differs at the beginning and in its length. */
function likeNoOther(text: string): string {
  made += 1;
  const letter = String.fromCharCode(0x21 + (made % 90));
  const copy = `${letter} ${text.slice(0, text.length - 2 - (Math.floor(made / 90) % 512))}`;
  // In one piece: this would else be done while it is looked through.
  copy.charCodeAt(0);
  return copy;
}

interface ThreadLine {
  readonly what: string;
  readonly bytes: number;
  readonly ms: number;
  /** Of the processor, in the thread that serves all calls. */
  readonly ownThreadMs: number;
}

/** What a long answer costs the thread that serves all calls: looked through there, and in others. */
async function measureThreads(): Promise<ThreadLine[]> {
  const measured: ThreadLine[] = [];
  for (const workers of [0, 2]) {
    const log = pino({ level: "silent" });
    const pool = new ScanPool({ inspector, redactionKey, workers, log });
    for (const size of [mebibyte, 4 * mebibyte, 16 * mebibyte]) {
      const where = workers === 0 ? "here" : "in threads";
      measured.push(await measureThread(pool, size, where));
      measured.push(await measureSent(pool, size, where));
    }
    await pool.close();
  }
  return measured;
}

async function measureThread(pool: ScanPool, size: number, where: string): Promise<ThreadLine> {
  const make = () => {
    const result = { content: [{ type: "text", text: likeNoOther(honest(size)) }] };
    const message = { jsonrpc: "2.0", id: 1, result };
    const written = Buffer.from(JSON.stringify(message));
    return async () => (await pool.inspectMessage({ message, written, settings })).isAsRead();
  };
  return await measureLooks(`${size / mebibyte} MiB of prose, ${where}`, size, make);
}

async function measureSent(pool: ScanPool, size: number, where: string): Promise<ThreadLine> {
  const make = () => {
    const sent = { note: likeNoOther(honest(size)) };
    const params = { name: "write", arguments: sent };
    const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params };
    const body = Buffer.from(JSON.stringify(call));
    return () =>
      pool.inspectArguments({ arguments: sent, settings }, { body, part: argumentsPart });
  };
  return await measureLooks(`${size / mebibyte} MiB of arguments, ${where}`, size, make);
}

async function measureLooks(
  what: string,
  bytes: number,
  make: () => () => Promise<unknown>,
): Promise<ThreadLine> {
  await make()();
  const rounds = 5;
  let ms = 0;
  let ownUs = 0;
  for (let round = 0; round < rounds; round += 1) {
    const look = make();
    const startedAt = performance.now();
    const before = process.threadCpuUsage();
    await look();
    const { user, system } = process.threadCpuUsage(before);
    ms += performance.now() - startedAt;
    ownUs += user + system;
  }
  const ownThreadMs = Math.round(ownUs / rounds / 100) / 10;
  return { what, bytes, ms: Math.round(ms / rounds), ownThreadMs };
}

interface Measured<Value> {
  readonly what: string;
  readonly bytes: number;
  readonly rounds: number;
  /** Before the time counts. */
  readonly make: () => Value;
  readonly look: (value: Value) => unknown;
}

function measure<Value>({ what, bytes, rounds, make, look }: Measured<Value>): Line {
  for (let round = 0; round < rounds / 2; round += 1) look(make());
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const value = make();
    const startedAt = performance.now();
    look(value);
    times.push((performance.now() - startedAt) * 1_000);
  }
  times.sort((one, other) => one - other);
  const at = (share: number) =>
    Math.round((times[Math.floor(times.length * share)] ?? 0) * 10) / 10;
  return { what, bytes, p50Us: at(0.5), p99Us: at(0.99) };
}

function print(): void {
  process.stdout.write(
    `${"".padEnd(38)}${"p50 µs".padStart(12)}${"p99 µs".padStart(12)}${"µs/KiB".padStart(10)}\n`,
  );
  for (const { what, bytes, p50Us, p99Us } of lines) {
    const perKib = (p50Us / (bytes / 1_024)).toFixed(1);
    process.stdout.write(
      `${what.padEnd(38)}${String(p50Us).padStart(12)}${String(p99Us).padStart(12)}${perKib.padStart(10)}\n`,
    );
  }
  process.stdout.write(`\n${"".padEnd(38)}${"ms".padStart(12)}${"own thread ms".padStart(16)}\n`);
  for (const { what, ms, ownThreadMs } of threads) {
    process.stdout.write(
      `${what.padEnd(38)}${String(ms).padStart(12)}${String(ownThreadMs).padStart(16)}\n`,
    );
  }
}
