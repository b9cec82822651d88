import { RE2JS } from "re2js";
import { afterEach, describe, expect, it } from "vitest";
import { defaultScanSettings } from "../../../core/policy/compile-scanning.ts";
import type { ScanSettings } from "../../../core/policy/compiled-scanning.ts";
import { createMemoryLog } from "../../../test/support/memory-log.ts";
import { Inspector } from "../inspector.ts";
import { expandExample } from "../rules/expand-example.ts";
import { ScanPool, type ScanPoolOptions } from "./scan-pool.ts";

const redactionKey = Buffer.alloc(32, 7);
const inspector = new Inspector({ redactionKey });
/** Nothing may be looked through in the thread that asks. */
const nobody = {
  inspectMessage: () => {
    throw new Error("a long message was looked through here");
  },
};
const token = expandExample("ghp_<base62+checksum 30>");
const long = "plain words ".repeat(30_000);
const results = { ...defaultScanSettings.results, secrets: "redact" } as const;
const settings: ScanSettings = { ...defaultScanSettings, results };
const message = {
  jsonrpc: "2.0",
  id: 1,
  result: {
    content: [
      { type: "text", text: long },
      { type: "text", text: `use ${token}` },
    ],
    structuredContent: JSON.parse(`{ "__proto__": "${token}", "rows": [1, null] }`) as unknown,
  },
};
const written = Buffer.from(JSON.stringify(message));

const pools: ScanPool[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});

function poolOf(options: Partial<ScanPoolOptions> = {}): ScanPool {
  const { log } = createMemoryLog();
  const pool = new ScanPool({ inspector: nobody, redactionKey, workers: 2, log, ...options });
  pools.push(pool);
  return pool;
}

function script(source: string): URL {
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

describe("a long message", () => {
  it("has the verdict in another thread that it has in this one, to the byte", async () => {
    const here = inspector.inspectMessage({ message, settings });
    const there = await poolOf().inspectMessage({ message, written, settings });
    expect(there.verdict).toEqual(here);
    expect(JSON.stringify(there.verdict)).toBe(JSON.stringify(here));
    expect(JSON.stringify(there.verdict)).not.toContain(token);
    expect(there.isAsRead()).toBe(true);
  });

  it("is shared with the changed copy where nothing changed", async () => {
    const { verdict } = await poolOf().inspectMessage({ message, written, settings });
    const { value } = verdict as { value: typeof message };
    expect(value.result.content[0]).toBe(message.result.content[0]);
  });

  it("is known to have a key twice", async () => {
    const twice = Buffer.from(`{"jsonrpc":"2.0","id":1,"result":{"a":1,"a":"${long}"}}`);
    const parsed: unknown = JSON.parse(twice.toString());
    const asked = { message: parsed, written: twice, settings };
    expect((await poolOf().inspectMessage(asked)).isAsRead()).toBe(false);
  });

  it("meets the operator's own detectors there", async () => {
    const detector = {
      name: "customer",
      literals: [],
      pattern: RE2JS.compile("(?i)words (plain)"),
      checksum: undefined,
      arguments: "log",
      results: "block",
    } as const;
    const asked = { message, written, settings: { ...settings, detectors: [detector] } };
    const { verdict } = await poolOf().inspectMessage(asked);
    expect(verdict).toMatchObject({
      kind: "blocked",
      findings: expect.arrayContaining([expect.objectContaining({ rule: "custom.customer" })]),
    });
  });

  it("leaves room for others: many are looked through by few threads", async () => {
    const pool = poolOf();
    const all = Array.from({ length: 8 }, () =>
      pool.inspectMessage({ message, written, settings }),
    );
    for (const { verdict } of await Promise.all(all)) expect(verdict.kind).toBe("redacted");
  });
});

describe("a thread", () => {
  const asked = { message, written, settings };
  const recording = { ...settings, results: { ...results, secrets: "log" } as const };

  it.each([
    [
      "dies",
      'process.getBuiltinModule("node:worker_threads").parentPort.on("message", () => { throw new Error("x"); });',
      60_000,
    ],
    [
      "hangs",
      'process.getBuiltinModule("node:worker_threads").parentPort.on("message", () => { for (;;); });',
      300,
    ],
  ])("that %s lets nothing pass, and another takes its place", async (_, source, deadlineMs) => {
    const pool = poolOf({ script: script(source), deadlineMs, workers: 1 });
    for (let round = 0; round < 2; round += 1) {
      expect((await pool.inspectMessage(asked)).verdict).toMatchObject({
        kind: "blocked",
        findings: [{ rule: "scan.budget", action: "blocked" }],
      });
    }
    const logged = await pool.inspectMessage({ ...asked, settings: recording });
    expect(logged.verdict).toMatchObject({
      kind: "clean",
      findings: [{ rule: "scan.budget", action: "logged" }],
    });
  });
});

it("short messages, and those with exceptions, are looked through where they came", async () => {
  const pool = poolOf({ inspector, script: script("throw new Error('started')") });
  const short = { jsonrpc: "2.0", id: 1, result: { text: token } };
  const asked = { message: short, written: JSON.stringify(short), settings };
  expect((await pool.inspectMessage(asked)).verdict.kind).toBe("redacted");
  const exception = { matchesRule: () => true, matchesPath: () => true, untilMs: Date.now() + 1e6 };
  const accepted = { ...settings, exceptions: [exception] };
  const looked = await pool.inspectMessage({ message, written, settings: accepted });
  expect(looked.verdict.kind).toBe("clean");
});
