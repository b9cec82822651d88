import { expect, it } from "vitest";
import { CrashBackoff } from "./crash-backoff.ts";

it("waits longer each time, to a minute, and less again after a process that lived", () => {
  let now = 0;
  const backoff = new CrashBackoff(
    () => now,
    () => 1,
  );
  const waits: (number | undefined)[] = [];
  for (let count = 0; count < 9; count += 1) {
    backoff.crashed("a", { livedMs: 10, reason: "ended with exit code 1" });
    const { waitMs } = backoff.find("a") ?? { waitMs: 0 };
    waits.push(waitMs);
    now += waitMs;
    expect(backoff.find("a")).toBeUndefined();
  }
  expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  expect(backoff.find("b")).toBeUndefined();

  backoff.crashed("a", { livedMs: 60_000, reason: "was ended by SIGSEGV" });

  expect(backoff.find("a")).toMatchObject({
    waitMs: 500,
    count: 1,
    reason: "was ended by SIGSEGV",
  });
});
