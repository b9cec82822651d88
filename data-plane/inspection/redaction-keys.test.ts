import { expect, it } from "vitest";
import { RedactionKeys } from "./redaction-keys.ts";

const secret = Buffer.alloc(32, 7);
const day = 86_400_000;
const keys = new RedactionKeys({ redactionKey: secret });
const at = (days: number, tenant?: string) => ({ tenant, atMs: days * day });

it("is the same for one tenant within one epoch, on every proxy, and another otherwise", () => {
  const other = new RedactionKeys({ redactionKey: secret });
  const key = keys.of(at(90 * 230, "acme"));
  expect(other.of(at(90 * 231 - 0.001, "acme"))).toEqual(key);
  const others = [
    keys.of(at(90 * 231, "acme")),
    keys.of(at(90 * 230 - 0.001, "acme")),
    keys.of(at(90 * 230, "zeta")),
    keys.of(at(90 * 230)),
    keys.of(at(90 * 230, "")),
    new RedactionKeys({ redactionKey: secret, redactionEpochDays: 30 }).of(at(90 * 230, "acme")),
    new RedactionKeys({ redactionKey: Buffer.alloc(32, 8) }).of(at(90 * 230, "acme")),
  ];
  const all = [key, ...others];
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  expect(new Set(all.map(({ bytes }) => bytes.toString("hex"))).size).toBe(all.length);
});

it("is named by the first day of its epoch, and its name gives nothing of it away", () => {
  const { id, bytes } = keys.of({ tenant: "acme", atMs: Date.UTC(2026, 10, 23) });
  expect(id).toMatch(/^20260904-[0-9a-f]{8}$/);
  expect(bytes.toString("hex")).not.toContain(id.slice(9));
});
