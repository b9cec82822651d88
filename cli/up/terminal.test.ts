import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Terminal } from "./terminal.ts";

let written: string;
const screen = (isTTY: boolean) => ({
  isTTY,
  write: (text: string) => {
    written += text;
  },
});
const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

beforeEach(() => {
  vi.useFakeTimers();
  written = "";
});
afterEach(() => vi.useRealTimers());

it("says nothing about what is quick", async () => {
  const work = new Terminal(screen(false)).during("Starting Redis", after(300));
  await vi.advanceTimersByTimeAsync(400);
  await work;

  expect(written).toBe("");
});

it("says after a second what goes on, again every ten seconds, and when it is done", async () => {
  const work = new Terminal(screen(false)).during("Starting Redis", after(12_000));
  await vi.advanceTimersByTimeAsync(13_000);
  await work;

  expect(written).toBe("Starting Redis … 1 s\nStarting Redis … 10 s\n✔ Starting Redis (12 s)\n");
});

it("writes a line in place of the spinner", async () => {
  const terminal = new Terminal(screen(true));
  const work = terminal.during("Starting Redis", after(3_000));
  await vi.advanceTimersByTimeAsync(2_000);

  terminal.say("proxy-1 ended");

  expect(written).toContain("Starting Redis … 2 s\r\x1b[Kproxy-1 ended\n");
  await vi.advanceTimersByTimeAsync(2_000);
  await work;
});
