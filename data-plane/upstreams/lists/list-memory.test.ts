import { expect, it } from "vitest";
import { type ListedPage, ListMemory } from "./list-memory.ts";

const bounds = { maxPages: 2, maxLength: 100, maxPageLength: 60 };

function page(more: Partial<ListedPage> = {}): ListedPage {
  const fresh = { freshUntil: 1_000, forgetAt: 500, edition: "1" };
  return { via: "json", headers: {}, text: "x".repeat(10), ...fresh, ...more };
}

it("keeps no more pages than it may; the one not asked for longest goes", () => {
  const memory = new ListMemory(bounds);
  memory.set("a", page());
  memory.set("b", page());
  memory.get("a", "1", 0);

  memory.set("c", page());

  expect(["a", "b", "c"].map((key) => memory.get(key, "1", 0) !== undefined)).toEqual([
    true,
    false,
    true,
  ]);
});

it("keeps no more text than it may", () => {
  const memory = new ListMemory(bounds);
  memory.set("a", page({ text: "x".repeat(60) }));
  memory.set("b", page({ text: "x".repeat(60) }));
  memory.set("too long", page({ text: "x".repeat(61) }));

  expect(memory.get("a", "1", 0)).toBeUndefined();
  expect(memory.get("b", "1", 0)).toBeDefined();
  expect(memory.get("too long", "1", 0)).toBeUndefined();
});

it("counts a page that takes another's place once", () => {
  const memory = new ListMemory(bounds);
  for (let round = 0; round < 5; round += 1) memory.set("a", page({ text: "x".repeat(50) }));
  memory.set("b", page({ text: "x".repeat(50) }));

  expect(memory.get("a", "1", 0)).toBeDefined();
});

it.each([
  { what: "is not fresh any more", seen: page({ freshUntil: 400 }), now: 400 },
  { what: "was asked for long ago, whatever the upstream says", seen: page(), now: 500 },
  { what: "is of another edition", seen: page({ edition: "2" }), now: 0 },
])("gives nothing that $what", ({ seen, now }) => {
  const memory = new ListMemory(bounds);
  memory.set("a", seen);

  expect(memory.get("a", "1", now)).toBeUndefined();
});
