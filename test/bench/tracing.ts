/** What it costs to trace: microseconds for calls and results, side by side in turns, honest and hostile, and what it is of a parse. */
import { parseArgs } from "node:util";
import { Tracer } from "../../data-plane/flows/trace/tracer.ts";

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });

const tracer = new Tracer({ key: Buffer.alloc(32, 9) });
const words =
  "the quarterly report says that orders were shipped to cities while margins of our partners in Norway and Chile fell; see section for details and ask Maria Lindqvist before you publish anything of it".split(
    " ",
  );

/** Sentences that do not repeat, or winnowing would have an easy time. */
function prose(size: number): string {
  let state = 12_345;
  let text = "";
  while (text.length < size) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    text += `${words[(state >> 8) % words.length]}${state % 17 === 0 ? ". " : " "}`;
  }
  return text.slice(0, size);
}

function rows(size: number): string {
  let text = "";
  for (let id = 48_213; text.length < size; id += 7) {
    text += `{"id": ${id}, "name": "Customer ${id % 977}", "iban": "DE${id}", "mail": "c${id}@example.com", "total": ${id / 8}}, `;
  }
  return text.slice(0, size);
}

const mebibyte = 1_048_576;
const repeated = (piece: string) =>
  piece.repeat(Math.ceil(mebibyte / piece.length)).slice(0, mebibyte);
const hostile: Readonly<Record<string, string>> = {
  "one letter": "a",
  digits: "4111 1111 ",
  "digits and dots": "1.",
  "signs of mail": "a@b.",
  "signs of links": "http://a.b/c ",
  slashes: "/a",
  backslashes: "\\",
  "names of people": "Jane Public ",
  tokens: "x7Kq9Zt2Lw8Rv3Np5 ",
  base64: "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB ",
  percent: "%41%42%43%44",
  invisible: "a\u200b\u2060",
  "other letters": "заказ ",
  cells: "Ab12345678,",
};

interface Case {
  readonly what: string;
  readonly bytes: number;
  readonly rounds: number;
  readonly run: () => unknown;
}

const result = (text: string) => ({
  jsonrpc: "2.0",
  id: 1,
  result: { content: [{ type: "text", text }] },
});
const calls: Readonly<Record<string, unknown>> = {
  "call: a path": { path: "docs/2024/report.md", limit: 10 },
  "call: five arguments": {
    path: "src/index.ts",
    query: "how is the configuration read when the process starts",
    url: "https://example.com",
    limit: 5,
    tags: ["alpha", "beta", "gamma"],
  },
  "call: a mail of 1 KiB": { to: "jane@example.com", subject: "Report", body: prose(1_024) },
};

const cases: readonly Case[] = [
  ...Object.entries(calls).map(([what, args]) => ({
    what,
    bytes: JSON.stringify(args).length,
    rounds: 2_000,
    run: () => tracer.ofArguments(args),
  })),
  ...[1_024, 16_384, 65_536, mebibyte].flatMap((size) => [
    resultCase(`result: prose, ${size} B`, prose(size)),
    resultCase(`result: JSON, ${size} B`, rows(size)),
  ]),
  ...Object.entries(hostile).flatMap(([what, piece]) => {
    const text = repeated(piece);
    return [
      resultCase(`1 MiB of ${what}, result`, text),
      {
        what: `1 MiB of ${what}, arguments`,
        bytes: text.length,
        rounds: 5,
        run: () => tracer.ofArguments({ text }),
      },
    ];
  }),
];

function resultCase(what: string, text: string): Case {
  const message = result(text);
  const rounds = Math.max(5, Math.min(2_000, Math.round(4_000_000 / text.length)));
  return { what, bytes: text.length, rounds, run: () => tracer.ofResult(message) };
}

const times = new Map<Case, number[]>(cases.map((it) => [it, []]));
// In turns, so that what else the machine does falls on all of them.
for (let turn = 0; turn < 5; turn += 1) {
  for (const it of cases) {
    for (let round = 0; round < it.rounds / 5; round += 1) {
      const startedAt = performance.now();
      it.run();
      times.get(it)?.push((performance.now() - startedAt) * 1_000);
    }
  }
}

const lines = cases.map((it) => {
  const sorted = (times.get(it) ?? []).sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
  const perKib = at(0.5) / (it.bytes / 1_024);
  return { what: it.what, bytes: it.bytes, p50Us: at(0.5), p99Us: at(0.99), perKibUs: perKib };
});

if (values.json) process.stdout.write(`${JSON.stringify(lines, undefined, 2)}\n`);
else {
  process.stdout.write(
    `${"".padEnd(40)}${"p50 µs".padStart(12)}${"p99 µs".padStart(12)}${"µs/KiB".padStart(10)}\n`,
  );
  for (const { what, p50Us, p99Us, perKibUs } of lines) {
    const cells = [
      p50Us.toFixed(1).padStart(12),
      p99Us.toFixed(1).padStart(12),
      perKibUs.toFixed(1).padStart(10),
    ];
    process.stdout.write(`${what.padEnd(40)}${cells.join("")}\n`);
  }
}
