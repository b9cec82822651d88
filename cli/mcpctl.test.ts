import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { defineCommand } from "./command.ts";
import { failed } from "./errors.ts";
import { runMcpctl } from "./mcpctl.ts";

let said: string;

beforeEach(() => {
  said = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said += text;
    return true;
  });
});

afterEach(() => vi.restoreAllMocks());

const failing = (error: Error) =>
  defineCommand({ command: "fail", describe: "Fail", run: () => Promise.reject(error) });

it("tells an unexpected error without its stack", async () => {
  const code = await runMcpctl(["fail"], [failing(new TypeError("x is\u001b not y"))], {
    showsStack: false,
  });

  expect(code).toBe(1);
  expect(said).toBe("mcpctl failed unexpectedly: x is\\x1b not y\nMCPCTL_DEBUG=1 shows where.\n");
});

it("tells where an unexpected error arose when asked to", async () => {
  await runMcpctl(["fail"], [failing(new TypeError("x is not y"))], { showsStack: true });

  expect(said).toMatch(/TypeError: x is not y\n +at .*mcpctl\.test\.ts/);
});

it("tells an expected error in its own words only", async () => {
  const code = await runMcpctl(["fail"], [failing(failed("it is closed"))], { showsStack: true });

  expect({ code, said }).toEqual({ code: 1, said: "it is closed\n" });
});
