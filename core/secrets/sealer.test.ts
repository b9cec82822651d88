import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { Sealer } from "./sealer.ts";

const [key, older] = [randomBytes(32), randomBytes(32)];
const sealer = new Sealer([key], "tests");

it("opens what it sealed, and nothing that was changed", () => {
  const sealed = sealer.seal("a secret", "one thing");

  expect(sealed.includes("secret")).toBe(false);
  expect(sealer.open(sealed, "one thing")).toBe("a secret");
  for (let index = 0; index < sealed.length; index += 1) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8((changed.readUInt8(index) + 1) % 256, index);
    expect(sealer.open(changed, "one thing")).toBeUndefined();
  }
  expect(sealer.open(sealed.subarray(0, 20), "one thing")).toBeUndefined();
});

it("opens nothing that is about another thing, for another purpose, or under another key", () => {
  const sealed = sealer.seal("a secret", "one thing");

  expect(sealer.open(sealed, "another")).toBeUndefined();
  expect(new Sealer([key], "others").open(sealed, "one thing")).toBeUndefined();
  expect(new Sealer([older], "tests").open(sealed, "one thing")).toBeUndefined();
});

it("opens what was sealed under the key before", () => {
  const sealed = new Sealer([older], "tests").seal("a secret", "");

  expect(new Sealer([key, older], "tests").open(sealed, "")).toBe("a secret");
});
