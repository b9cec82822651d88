import { describe, expect, it } from "vitest";
import {
  exposeId,
  exposeName,
  exposeUri,
  isMarked,
  ownerOfId,
  ownerOfName,
  ownerOfUri,
} from "./exposed-names.ts";

const longest = "a-name-with-24-letters-x";

describe("the name of a tool", () => {
  it.each(["echo", "read_file", "a__b", "_", "-", "x".repeat(38)])(
    "that clients accept stays %j behind its upstream's",
    (name) => {
      expect(exposeName(longest, name)).toBe(`${longest}__${name}`);
      expect(ownerOfName(`${longest}__${name}`)).toEqual({ upstream: longest, name });
    },
  );

  it.each([
    { name: "x".repeat(39), why: "is too long" },
    { name: "x".repeat(500), why: "is far too long" },
    { name: "files.read", why: "holds a dot" },
    { name: "lösche/alles 🗑", why: "holds letters of the world" },
    { name: "x_0123abcd", why: "looks as if it had been made safe" },
    { name: "", why: "is empty" },
  ])("that $why is made safe, and marked", ({ name }) => {
    const exposed = exposeName(longest, name);
    expect(exposed).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(exposed.startsWith(`${longest}__`)).toBe(true);
    expect(isMarked(exposed)).toBe(true);
    expect(exposeName(longest, name)).toBe(exposed);
  });

  it("stays apart from others that look the same when made safe", () => {
    const names = ["a.b", "a/b", "a b", "a_b", "a.b.", `${"x".repeat(60)}1`, `${"x".repeat(60)}2`];
    expect(new Set(names.map((name) => exposeName("up", name))).size).toBe(names.length);
  });

  it("is the same for every release, proxy and order of things", () => {
    expect(exposeName("up", "a.b")).toBe("up__a_b_2e7336dc");
  });

  it.each(["echo", "__echo", "up__"])("%j is nobody's", (name) => {
    expect(ownerOfName(name)).toBeUndefined();
  });
});

it("maps URIs and templates both ways", () => {
  const exposed = exposeUri("up", "file:///a+b?c={d}");
  expect(exposed).toBe("up+file:///a+b?c={d}");
  expect(ownerOfUri(exposed)).toEqual({ upstream: "up", name: "file:///a+b?c={d}" });
  expect(new URL(exposeUri("up", "note://one")).protocol).toBe("up+note:");
});

it.each([0, 7, -1, 1.5, "", "7", 'a"b:c'])("keeps the type and value of the id %j", (id) => {
  expect(ownerOfId(exposeId("up", id))).toEqual({ upstream: "up", name: id });
});

it.each(["7", 7, "up", "up:", "up:{}", "up:null", ":7"])("takes %j for no id of ours", (id) => {
  expect(ownerOfId(id)).toBeUndefined();
});
