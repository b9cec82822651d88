import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { CompiledUpstream } from "../../../core/policy/compiled-policy.ts";
import { Patience } from "./patience.ts";

const upstream = {
  name: "slow",
  target: { kind: "http", url: "http://slow/mcp" },
  timeoutMs: 8_000,
} as CompiledUpstream;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("is lost with an upstream that is silent, and comes back after a while", async () => {
  const patience = new Patience();
  expect(await waitFor(patience, never)).toBe(8_000);
  expect(await waitFor(patience, never)).toBe(1_500);
  vi.advanceTimersByTime(60_000);
  expect(await waitFor(patience, never)).toBe(8_000);
});

it("comes back when the upstream answers in time", async () => {
  const patience = new Patience();
  await waitFor(patience, never);
  expect(await waitFor(patience, async () => "part")).toBe(1_500);
  expect(await waitFor(patience, never)).toBe(8_000);
});

it("does not come back when the upstream fails in time", async () => {
  const patience = new Patience();
  await waitFor(patience, never);
  expect(await waitFor(patience, async () => "nothing")).toBe(1_500);
  expect(await waitFor(patience, never)).toBe(1_500);
});

it("is lost with an upstream whose own clock ends it a moment earlier", async () => {
  const patience = new Patience();
  const ended = () => new Promise<string>((resolve) => setTimeout(() => resolve("nothing"), 7_990));
  await waitFor(patience, ended);
  expect(await waitFor(patience, never)).toBe(1_500);
});

it("is not lost with an upstream that fails at once", async () => {
  const patience = new Patience();
  const failing = () => Promise.reject(new Error("away"));
  await expect(waitFor(patience, failing)).rejects.toThrow("away");
  expect(await waitFor(patience, never)).toBe(8_000);
});

const never = () => new Promise<string>(() => {});

/** How long the upstream was given, in milliseconds. */
async function waitFor(patience: Patience, part: () => Promise<string>): Promise<number> {
  let given = 0;
  const begin = (waitMs: number) => {
    given = waitMs;
    return part();
  };
  const isGood = (it: string) => it === "part";
  const waited = patience.await(upstream, { begin, isGood, late: () => "late" });
  waited.catch(() => {});
  await vi.advanceTimersByTimeAsync(10_000);
  await waited;
  return given;
}
