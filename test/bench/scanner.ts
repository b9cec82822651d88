/** What a scan costs: microseconds for ordinary calls and results, and by size up to a megabyte, honest and hostile. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { defaultScanSettings } from "../../core/policy/compile-scanning.ts";
import type { ScanSettings } from "../../core/policy/compiled-scanning.ts";
import { Inspector } from "../../data-plane/inspection/inspector.ts";
import { ScanPool } from "../../data-plane/inspection/pool/scan-pool.ts";
import { argumentsPart } from "../../data-plane/mcp/message-part.ts";
import { redactedResults } from "../support/redacted-results.ts";
import { honestLanguages } from "./honest-languages.ts";
import { hostileTexts } from "./hostile-texts.ts";
import { type Line, measure, printLines } from "./measure-looks.ts";
import { foreignCalls, type OrdinaryCall, ordinaryCalls } from "./ordinary-calls.ts";
import { ordinaryResults } from "./ordinary-results.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    /** Only what small calls and results cost. */
    small: { type: "boolean", default: false },
    data: { type: "string", default: join(import.meta.dirname, "../../../shared/data") },
  },
});

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
  results: redactedResults,
};

const redactionKey = Buffer.alloc(32, 1);
const inspector = new Inspector({ redactionKey });
const sentence =
  "The quarterly report says that 1,204 orders were shipped to 37 cities; see section 4.2 for details. ";
const row =
  '{"id": 48213, "name": "Widget, blue", "price": 12.5, "updated": "2026-03-04T10:11:12Z"}, ';
const honest = (size: number) => sentence.repeat(Math.ceil(size / sentence.length)).slice(0, size);
const rows = (size: number) => row.repeat(Math.ceil(size / row.length)).slice(0, size);
const mebibyte = 1_048_576;

let made = 0;
const all = ordinaryCalls.map((call) => ({ ...call, tool: "all of these, in turn" }));
const small: readonly Line[] = [
  ...ordinaryCalls.map((call) => measureCalls([call], 3_000)),
  measureCalls(all, 20_000),
  ...foreignLines(),
  ...Object.entries(ordinaryResults).flatMap(([what, make]) =>
    [1_024, 16_384, 65_536].map((size) => measureResult(`${what}, ${size} B`, make(size))),
  ),
];
const lines: readonly Line[] = values.small ? small : [...small, ...longLines()];
const threads: readonly ThreadLine[] = values.small ? [] : await measureThreads();

if (values.json) process.stdout.write(`${JSON.stringify([...lines, ...threads], undefined, 2)}\n`);
else print();

function longLines(): readonly Line[] {
  return [
    ...[200, 1_024, 16_384, 65_536, mebibyte].flatMap((size) => [
      measureText(`prose, ${size} B`, honest(size)),
      measureText(`JSON, ${size} B`, rows(size)),
    ]),
    measureText("prose, 65536 B, second look", honest(65_536), 1),
    measureText("prose, 65536 B, third look", honest(65_536), 2),
    ...Object.entries(honestLanguages).map(([language, make]) =>
      measureText(`${language}, 65536 characters`, make(65_536)),
    ),
    ...Object.entries(hostileTexts).map(([what, make]) =>
      measureText(`1 MiB of ${what}`, make(mebibyte)),
    ),
  ];
}

function foreignLines(): readonly Line[] {
  const calls = foreignCalls(values.data);
  if (calls.length === 0) return [];
  const named = calls.map((call) => ({ ...call, tool: `${calls.length} calls of calls-bfcl` }));
  return [measureCalls(named, named.length * 4)];
}

/** Each in turn, as the gateway has them: parsed just now, with the schema that the catalogue has. */
function measureCalls(calls: readonly OrdinaryCall[], rounds: number): Line {
  const [first] = calls as readonly [OrdinaryCall];
  const bytes = calls.reduce((sum, { written }) => sum + written.length, 0) / calls.length;
  const make = (round: number) => {
    const { written, inputSchema } = calls[round % calls.length] ?? first;
    return { arguments: JSON.parse(written), inputSchema, settings };
  };
  return measure({
    what: first.tool,
    bytes,
    rounds,
    make,
    look: (it) => inspector.inspectArguments(it),
  });
}

/** What was there before need not be looked through again: so each is another one. */
function measureResult(what: string, result: object): Line {
  const written = JSON.stringify({ jsonrpc: "2.0", id: 1, result });
  const make = () => {
    made += 1;
    return JSON.parse(written.replace('"text":"', `"text":"${made} `));
  };
  const look = (message: unknown) => inspector.inspectMessage({ message, settings });
  return measure({ what, bytes: written.length, rounds: roundsFor(written.length), make, look });
}

function roundsFor(length: number): number {
  return Math.max(5, Math.min(3_000, Math.round(20_000_000 / Math.max(1_000, length * 4))));
}

function measureText(what: string, text: string, looksBefore = 0): Line {
  const look = (message: unknown) => inspector.inspectMessage({ message, settings });
  const make = () => {
    const content = [{ type: "text", text: likeNoOther(text) }];
    const message = { jsonrpc: "2.0", id: 1, result: { content } };
    for (let count = 0; count < looksBefore; count += 1) look(message);
    return message;
  };
  return measure({ what, bytes: text.length, rounds: roundsFor(text.length), make, look });
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

function print(): void {
  printLines(lines);
  if (threads.length === 0) return;
  process.stdout.write(`\n${"".padEnd(44)}${"ms".padStart(12)}${"own thread ms".padStart(16)}\n`);
  for (const { what, ms, ownThreadMs } of threads) {
    process.stdout.write(
      `${what.padEnd(44)}${String(ms).padStart(12)}${String(ownThreadMs).padStart(16)}\n`,
    );
  }
}
