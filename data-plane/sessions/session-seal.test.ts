import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { SessionSeal } from "./session-seal.ts";

const owner = { agent: "analyst-1", route: "/mcp", upstream: "files" };
const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
const lifetimeMs = 1_000;

it("is opened by any proxy that has the key", () => {
  expect(sealWith([oldKey]).open(sealed(), owner)).toBe("upstream-session");
});

it.each([
  { who: "another agent", as: { ...owner, agent: "analyst-2" } },
  { who: "another route", as: { ...owner, route: "/other" } },
  { who: "another upstream", as: { ...owner, upstream: "mail" } },
])("is nothing to $who", ({ as }) => {
  expect(sealWith([oldKey]).open(sealed(), as)).toBeUndefined();
});

it("outlives a change of keys as long as the old one is kept", () => {
  expect(sealWith([newKey, oldKey]).open(sealed(), owner)).toBe("upstream-session");
  expect(sealWith([newKey]).open(sealed(), owner)).toBeUndefined();
});

it("ends with its lifetime", () => {
  const later = sealWith([oldKey], () => 1_000_000 + lifetimeMs);
  expect(later.open(sealed(), owner)).toBeUndefined();
});

it("is nothing when any byte of it was changed", () => {
  const bytes = Buffer.from(sealed(), "base64url");
  const opened = Array.from(bytes.keys(), (at) => {
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    return sealWith([oldKey]).open(changed.toString("base64url"), owner);
  });
  expect(new Set(opened)).toEqual(new Set([undefined]));
});

it.each(["", "x", "upstream-session", "A".repeat(10_000)])("is not %j", (envelope) => {
  expect(sealWith([oldKey]).open(envelope, owner)).toBeUndefined();
});

it("holds only characters that a session id may hold", () => {
  expect(sealed()).toMatch(/^[A-Za-z0-9_-]+$/);
});

function sealed() {
  return sealWith([oldKey]).seal({ ...owner, upstreamSession: "upstream-session" });
}

function sealWith(keys: Buffer[], now = () => 1_000_000) {
  return new SessionSeal({ keys, lifetimeMs, now });
}
