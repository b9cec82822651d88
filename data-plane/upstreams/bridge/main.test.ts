import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { afterEach, expect, it, vi } from "vitest";
import { SnapshotSchema } from "../../../proto/gen/mcpgateway/v1/config_pb.ts";
import { SavedConfig } from "../../config/saved-config.ts";
import { bridgeToken } from "../bridge-token.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const joinToken = "a join token";

function answering(result: string): string {
  return `process.stdin.once("data", () => console.log(JSON.stringify({ jsonrpc: "2.0", id: 1, result: ${result} })));`;
}

/** A bridge process with a saved policy and no control plane, and one session in it. */
async function startBridgeProcess(
  server = answering("{ pid: process.pid }"),
): Promise<{ bridge: ChildProcess; serverPid: number; otherPid: number }> {
  const folder = mkdtempSync(join(tmpdir(), "mcpgw-bridge-"));
  closers.push(() => rmSync(folder, { recursive: true }));
  new SavedConfig(SnapshotSchema, folder, "policy").save(
    create(SnapshotSchema, {
      version: 1n,
      policy: {
        apiVersion: "mcpgateway/v1",
        kind: "Policy",
        metadata: { name: "test" },
        upstreams: [{ name: "own", command: ["node", "-e", server] }],
        routes: [{ path: "/mcp", upstreams: ["own"] }],
      },
    }),
  );
  const bridge = spawn(process.execPath, [join(import.meta.dirname, "main.ts")], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    env: {
      PATH: process.env["PATH"],
      MCPGW_JOIN_TOKEN: joinToken,
      MCPGW_SNAPSHOT_DIR: folder,
      MCPGW_BRIDGE_PORT: "0",
      MCPGW_CONTROL_PLANE_ADDRESS: "127.0.0.1:1",
    },
  });
  closers.push(() => bridge.kill("SIGKILL"));
  let log = "";
  bridge.stderr?.on("data", (bytes: Buffer) => {
    log += bytes.toString();
  });
  const port = await vi.waitFor(
    () => {
      const found = /"port":(\d+),"msg":"the bridge is ready"/.exec(log)?.[1];
      expect(found, log).toBeDefined();
      return found;
    },
    { timeout: 10_000 },
  );
  const response = await fetch(`http://127.0.0.1:${port}/own`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${bridgeToken(joinToken)}`,
      "mcpgw-agent": "anna",
      "content-type": "application/json",
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: {} }),
  });
  const { result } = (await response.json()) as {
    result: { pid: number; other?: number };
  };
  return { bridge, serverPid: result.pid, otherPid: result.other ?? 0 };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

it("serves the saved policy without a control plane, and takes its servers along when it is told to end", async () => {
  const { bridge, serverPid } = await startBridgeProcess();
  expect(isAlive(serverPid)).toBe(true);

  bridge.kill("SIGTERM");

  await vi.waitFor(() => expect(bridge.exitCode).toBe(0), { timeout: 10_000 });
  expect(isAlive(serverPid)).toBe(false);
}, 30_000);

it("ends when whoever started it is gone", async () => {
  const { bridge, serverPid } = await startBridgeProcess();

  bridge.disconnect();

  await vi.waitFor(() => expect(bridge.exitCode).toBe(0), { timeout: 10_000 });
  expect(isAlive(serverPid)).toBe(false);
}, 30_000);

it("takes its servers along even when it is killed: one that ignores everything, and what that has started", async () => {
  const stubborn = `
    process.on("SIGTERM", () => {});
    process.stdin.on("end", () => {});
    setInterval(() => {}, 1000);
    const other = require("node:child_process").spawn("sleep", ["600"]).pid;
    ${answering("{ pid: process.pid, other }")}
  `;
  const { bridge, serverPid, otherPid } = await startBridgeProcess(stubborn);
  expect([serverPid, otherPid].map(isAlive)).toEqual([true, true]);

  bridge.kill("SIGKILL");

  await vi.waitFor(() => expect([serverPid, otherPid].map(isAlive)).toEqual([false, false]), {
    timeout: 15_000,
  });
}, 30_000);
