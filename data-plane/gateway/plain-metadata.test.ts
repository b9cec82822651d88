import { expect, it } from "vitest";
import { fakeSecret } from "../../test/support/fixture-upstream.ts";
import { isPlainMetadata } from "./plain-metadata.ts";

it.each([
  {},
  { progressToken: 7 },
  {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "some-client", version: "1.10.2" },
    "io.modelcontextprotocol/clientCapabilities": { roots: { listChanged: true }, sampling: {} },
  },
])("what every client says is plain: %j", (meta) => {
  expect(isPlainMetadata(meta)).toBe(true);
});

it.each([
  { note: fakeSecret },
  { [fakeSecret]: 1 },
  { note: "078-05-1120" },
  { note: "ann@example.org" },
  { note: "4111111111111111" },
  { note: "fine\u{e0061}" },
  { note: "AKIAIOSFODNN7EXAMPLE" },
  { notes: ["plain"] },
  { a: { b: { c: { d: { e: "too deep" } } } } },
  Object.fromEntries([..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"].map((key) => [key, 1])),
])("anything else is looked through: %j", (meta) => {
  expect(isPlainMetadata(meta)).toBe(false);
});
