import { expect, it } from "vitest";
import { defaultScanSettings } from "../../core/policy/compile-scanning.ts";
import type { ScanSettings } from "../../core/policy/compiled-scanning.ts";
import { createMemoryLog } from "../../test/support/memory-log.ts";
import { argumentsPart } from "../mcp/message-part.ts";
import { Inspector } from "./inspector.ts";
import { ScanPool } from "./pool/scan-pool.ts";
import { tokensIn } from "./redaction-token.ts";

const redactionKey = Buffer.alloc(32, 7);
const inspector = new Inspector({ redactionKey });
const settings: ScanSettings = {
  ...defaultScanSettings,
  arguments: { ...defaultScanSettings.arguments, secrets: "redact" },
  results: {
    ...defaultScanSettings.results,
    secrets: "redact",
    personalData: "redact",
    personalDataTypes: ["card", "iban", "email"],
  },
};
const email = "Ann.B@corp-y.com";

function takenOf(text: string, keep = ["card", "iban", "email", "password"]) {
  const message = { jsonrpc: "2.0", id: 1, result: { content: [{ type: "text", text }] } };
  const verdict = inspector.inspectMessage({ message, settings, keep });
  const shown = JSON.stringify("value" in verdict ? verdict.value : undefined);
  return { shown, taken: verdict.kind === "redacted" ? verdict.taken : undefined };
}

it("what is taken out is told with its token, as it stood there", () => {
  const { shown, taken } = takenOf(`to ${email}, DE89 3704 0044 0532 0130 00; again ${email}`);
  expect(taken?.values.map(({ type, value }) => [type, value])).toEqual([
    ["email", email],
    ["iban", "DE89 3704 0044 0532 0130 00"],
  ]);
  for (const { token } of taken?.values ?? []) expect(shown).toContain(token);
  const [whole] = takenOf(email).taken?.values ?? [];
  expect(whole).toMatchObject({ value: email, token: expect.stringMatching(/^u-.{10}@/) });
});

it("nothing is told of other types, of masked numbers, or of what was encoded", () => {
  expect(takenOf(email, ["iban"]).taken).toEqual({ values: [], more: 0 });
  expect(takenOf("4111111111111111").taken).toEqual({ values: [], more: 0 });
  const encoded = Buffer.from(`password: hunter2-Zx9 of the user ann`).toString("base64");
  const { shown, taken } = takenOf(encoded);
  expect(shown).toContain("[[mcpgw:password:");
  expect(taken).toEqual({ values: [], more: 0 });
});

it("of more than a thousand values, and of very long ones, only the count is told", () => {
  const many = Array.from({ length: 1_003 }, (_, index) => `ann${index}@corp-y.com`).join(", ");
  const { taken } = takenOf(many);
  expect(taken?.values).toHaveLength(1_000);
  expect(taken?.more).toBe(3);
});

it("other threads tell the same, and leave the same tokens alone", async () => {
  const refuse = () => {
    throw new Error("a long value was looked through here");
  };
  const nobody = { inspectMessage: refuse, inspectArguments: refuse, redactorFor: refuse };
  const { log } = createMemoryLog();
  const pool = new ScanPool({ inspector: nobody, redactionKey, workers: 1, log });
  const long = "plain words ".repeat(22_000);
  const text = `${long} ${email}`;
  const message = { jsonrpc: "2.0", id: 1, result: { content: [{ type: "text", text }] } };
  const keep = ["email"];
  const asked = { message, written: JSON.stringify(message), settings, keep };
  const { verdict } = await pool.inspectMessage(asked);
  expect(verdict).toEqual(inspector.inspectMessage({ message, settings, keep }));

  const [{ token = "" } = {}] = takenOf(`to ${email}`).taken?.values ?? [];
  const other = token.replace(/.{3}\]\]$/, "aaa]]");
  const args = { long, mine: token, others: other };
  const input = { arguments: args, settings, tokens: new Set([token]) };
  const body = JSON.stringify({ params: { arguments: args } });
  const looked = await pool.inspectArguments(input, { body, part: argumentsPart });
  expect(looked).toMatchObject({
    value: { mine: token, others: other.replace("mcpgw", "not-mcpgw") },
  });
  await pool.close();
});

it("a long text that one session may send with its token is not clean for another", () => {
  const [{ token = "" } = {}] = takenOf(`to ${email}`).taken?.values ?? [];
  const text = `${"plain words ".repeat(500)} ${token}`;
  const input = { arguments: { text }, settings };
  for (let time = 0; time < 4; time += 1) {
    const mine = inspector.inspectArguments({ ...input, tokens: new Set([token]) });
    expect(mine.kind).toBe("clean");
  }
  const theirs = inspector.inspectArguments(input);
  expect(JSON.stringify(theirs)).toContain("[[not-mcpgw:email:");
});

it("a token of a password is no password itself, neither on its way nor in records", () => {
  const { taken } = takenOf("password: hunter2-Zx9");
  const [{ token = "" } = {}] = taken?.values ?? [];
  const input = { arguments: { text: `it is ${token}` }, settings };
  expect(inspector.inspectArguments({ ...input, tokens: new Set([token]) }).kind).toBe("clean");
  expect(inspector.redactForRecord(token, { tokens: "ours" })).toBe(token);
  expect(tokensIn(token)).toEqual([{ token, type: expect.any(String), at: 0 }]);
});
