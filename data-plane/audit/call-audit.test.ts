import { expect, it } from "vitest";
import { boundValue } from "../../core/audit/bound-value.ts";
import type { AuditEntry } from "../../core/audit/record.ts";
import { createLog } from "../../core/service/log.ts";
import type { ToolCall } from "../call/agent-request.ts";
import type { Outcome } from "../call/outcome.ts";
import { Trail } from "../call/trail.ts";
import { CallAudit } from "./call-audit.ts";

const approval = {
  id: "k7x2m9qd",
  state: "pending",
  expiresAt: 0,
  approverGroups: ["dba"],
} as const;
const quota = { kind: "requests", amount: 1, windowMs: 1_000 } as const;
const answerOf = (message: unknown) =>
  ({ via: "json", status: 200, headers: {}, body: Buffer.from(""), message }) as const;

/** Complete by its type: a new kind of end needs a line here. */
const ends: Readonly<Record<Outcome["kind"], Outcome>> = {
  answered: { kind: "answered", answer: answerOf({ result: { content: [] } }) },
  passed: {
    kind: "passed",
    answer: { via: "passed", end: Buffer.from("}"), bytes: 10, isToolError: false },
    kept: { beginning: "{", sha256: "00" },
  },
  denied: { kind: "denied", rule: "no", reason: "because" },
  "rate-limited": {
    kind: "rate-limited",
    limit: "calls",
    scope: "agent",
    retryAfterMs: 10,
    source: "redis",
    refuseWith: "error",
    quota,
  },
  blocked: { kind: "blocked", reason: "a secret" },
  "insufficient-scope": { kind: "insufficient-scope", scopes: ["write"] },
  "unknown-tool": { kind: "unknown-tool", tool: "x" },
  pending: { kind: "pending", approval },
  "approval-denied": { kind: "approval-denied", approval, by: "olga", reason: "no" },
  "approval-revoked": { kind: "approval-revoked", approval, by: "olga", reason: "no" },
  "approval-superseded": { kind: "approval-superseded", approval, reason: "another tool now" },
  "approval-spent": { kind: "approval-spent", approval, reason: "it ran" },
  task: {
    kind: "task",
    task: { taskId: "t", createdAtMs: 0, changedAtMs: 0, validForMs: 1 } as never,
    created: true,
  },
  acknowledged: { kind: "acknowledged" },
  "unknown-task": { kind: "unknown-task" },
  "bad-request-state": { kind: "bad-request-state" },
  "approval-expired": { kind: "approval-expired", approval },
  "too-many-pending": { kind: "too-many-pending", scope: "agent" },
  quarantined: { kind: "quarantined", what: "tool", name: "up/x", standing: "changed" },
  cancelled: { kind: "cancelled" },
  "timed-out": { kind: "timed-out", afterMs: 5 },
  "upstream-failed": { kind: "upstream-failed", reason: "refused" },
  unavailable: { kind: "unavailable", reason: "away" },
  crashed: { kind: "crashed" },
};

/** Those that are told apart further, by what the upstream said. */
const words: Readonly<Record<string, string>> = { passed: "answered" };

it.each(Object.values(ends))(
  "an end of kind $kind has exactly one record, which names it",
  async (outcome) => {
    const { audit, written } = start();

    await audit.outcome(call, new Trail(), outcome);

    expect(written).toHaveLength(1);
    expect(written[0]).toMatchObject({
      event: "call.outcome",
      callId: "c1",
      outcome: words[outcome.kind] ?? outcome.kind,
      durationsMs: { total: expect.any(Number) },
    });
    if ("reason" in outcome) expect(written[0]?.error?.message).toBe(outcome.reason);
  },
);

it.each([
  { whenUnwritable: "block", isBehind: true, isUnwritable: false, ways: [] },
  { whenUnwritable: "spool", isBehind: true, isUnwritable: false, ways: ["spooled"] },
  { whenUnwritable: "spool", isBehind: true, isUnwritable: true, ways: [] },
  { whenUnwritable: "allow", isBehind: true, isUnwritable: true, ways: ["kept"] },
  { whenUnwritable: "block", isBehind: false, isUnwritable: false, ways: ["spooled"] },
])(
  "with $whenUnwritable, while Redis is away ($isBehind) and the disk too ($isUnwritable), a call is made when its intent was written: $ways",
  async (row) => {
    const { audit, ways } = start(row);

    const mayBeMade = await audit.intent(callWith(row), new Trail());

    expect(ways).toEqual(row.ways);
    expect(mayBeMade).toBe(row.ways.length > 0);
  },
);

it.each([
  ["strict", "block", "shipped"],
  ["strict", "spool", "shipped-if-possible"],
  ["spooled", "block", "spooled"],
  ["lazy", "block", "kept"],
] as const)(
  "with %s and %s, the intent waits until it is %s",
  async (durability, whenUnwritable, way) => {
    const { audit, ways } = start();
    await audit.intent(callWith({ durability, whenUnwritable }), new Trail());
    expect(ways).toEqual([way]);
  },
);

it("a call whose intent is not written is not to be made", async () => {
  const { audit } = start({ write: () => Promise.reject(new Error("away")) });
  expect(await audit.intent(call, new Trail())).toBe(false);
});

it("a value that is cut says so, with the size and digest of the whole", async () => {
  const { audit, written } = start();
  const long = { ...callWith({ maxValueBytes: 100 }), arguments: { text: "x".repeat(1_000) } };
  await audit.intent(long, new Trail());
  expect(written[0]?.arguments).toEqual({
    truncated: true,
    bytes: 1_011,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    beginning: expect.stringMatching(/^\{"text":"x{91}$/),
  });
});

it("no half of a secret is shown where an answer that passed is cut, however much shorter redacting made it", async () => {
  const { audit, written } = start();
  const answer = {
    via: "passed",
    end: Buffer.from("}"),
    bytes: 1_000_000,
    isToolError: false,
  } as const;
  const beginning = `${"hidden?".repeat(2_000)}${"x".repeat(120_000)}hidd`;
  const kept = { beginning, sha256: "00" };
  await audit.outcome(callWith({ maxValueBytes: 130_000 }), new Trail(), {
    kind: "passed",
    answer,
    kept,
  });
  const shown = JSON.stringify(written[0]?.result);
  expect(shown).toContain('"truncated":true');
  expect(shown).not.toContain("hidd");
});

it("texts that agents and upstreams choose are redacted before they are cut, and say what is cut off", async () => {
  const { audit, written } = start();
  const at = (length: number) => `${"x".repeat(length - 4)}hidden!${"y".repeat(100)}`;
  const named = { ...call, subject: { kind: "tool", name: at(256) } } as ToolCall;
  const error = { code: 1, message: at(1_000) };

  await audit.outcome(named, new Trail(), { kind: "answered", answer: answerOf({ error }) });

  expect(written[0]?.tool).toMatch(/^x{252}\[gon\[\d+ further characters\]$/);
  expect(written[0]?.error?.message).toMatch(/^x{996}\[gon\[\d+ further characters\]$/);
});

function start(
  state: { isBehind?: boolean; isUnwritable?: boolean; write?: () => Promise<void> } = {},
) {
  const written: AuditEntry[] = [];
  const ways: string[] = [];
  const note = (entry: AuditEntry, way: string) => {
    written.push(entry);
    ways.push(way);
  };
  const trail = {
    isBehind: state.isBehind ?? false,
    isUnwritable: state.isUnwritable ?? false,
    keep: (entry: AuditEntry) => note(entry, "kept"),
    write: state.write ?? (async (entry: AuditEntry, until = "shipped") => note(entry, until)),
  };
  const log = createLog("test", "silent");
  const audit = new CallAudit({
    trail,
    redactorFor: () => ({ name: "test", keyId: "20260904-00000000", redact }),
    record,
    log,
  });
  return { audit, written, ways };
}

const auditPolicy = {
  arguments: "redacted",
  results: "redacted",
  maxValueBytes: 16_384,
  whenUnwritable: "block",
  durability: "spooled",
} as const;

function callWith(changes: Partial<Record<keyof typeof auditPolicy, unknown>>): ToolCall {
  const policy = { ...call.config.policy, audit: { ...auditPolicy, ...changes } };
  return { ...call, config: { ...call.config, policy } } as unknown as ToolCall;
}

const call = {
  callId: "c1",
  receivedAt: Date.now(),
  principal: { agent: "ann", groups: [] },
  route: { path: "/mcp" },
  upstream: { name: "files" },
  config: { version: 1, policy: { audit: auditPolicy, scanning: { profile: {}, overrides: [] } } },
  headers: {},
  clientAddress: "10.0.0.1",
  traceId: undefined,
  era: "legacy",
  message: { jsonrpc: "2.0", id: 1, method: "tools/call", params: {} },
  body: Buffer.from("{}"),
  subject: { kind: "tool", name: "read" },
  tool: "read",
  arguments: {},
} as unknown as ToolCall;

async function record(value: unknown, how: { showing?: unknown; maxBytes: number }) {
  return boundValue(how.showing ? redact(value) : value, how.maxBytes);
}

function redact(value: unknown): unknown {
  return typeof value === "string"
    ? value.replaceAll("hidden!", "[gone!]").replaceAll("hidden?", "")
    : value;
}
