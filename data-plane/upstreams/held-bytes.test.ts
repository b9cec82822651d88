import { expect, it } from "vitest";
import { HeldBytes, Hold, windowBytes } from "./held-bytes.ts";

const options = { maxBytes: 1_000, maxAnswerBytes: 10_000_000 };

it("short answers are not counted, however full it is", () => {
  const held = new HeldBytes(options);
  new Hold(held, "a").resize(windowBytes + 1_000);
  const short = new Hold(held, "b");
  short.resize(windowBytes);
  expect(held.inUse).toBe(1_000);
});

it("what does not fit is refused and counted, and what was held before stays held", () => {
  const held = new HeldBytes(options);
  const first = new Hold(held, "a");
  first.resize(windowBytes + 900);
  const second = new Hold(held, "b");
  second.resize(windowBytes + 100);
  expect(() => second.resize(windowBytes + 101)).toThrow("longer than what this gateway has room");
  expect(held.inUse).toBe(1_000);
});

it("room comes back once, when whoever took it over gives it back", () => {
  const held = new HeldBytes(options);
  const hold = new Hold(held, "a");
  hold.resize(windowBytes + 700);
  const giveBack = hold.handOver();
  hold.handOver()();
  expect(held.inUse).toBe(700);
  giveBack();
  giveBack();
  expect(held.inUse).toBe(0);
});
