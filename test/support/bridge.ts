import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { expect, onTestFinished } from "vitest";
import type { CompiledCommand } from "../../core/policy/compiled-policy.ts";
import { createLog } from "../../core/service/log.ts";
import { Bridge } from "../../data-plane/upstreams/bridge/bridge.ts";
import { commandEnv } from "../../data-plane/upstreams/bridge/command-env.ts";
import type { SessionLimits } from "../../data-plane/upstreams/bridge/session-table.ts";
import { bridgeToken } from "../../data-plane/upstreams/bridge-token.ts";

export const token = "the bridge's token";
export const authorization = `Bearer ${token}`;
export const anna = { "mcpgw-agent": "anna" };

/** Echoes requests as results, and does as told by the method. */
export const scripted = `
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const message = JSON.parse(line);
    const say = (it) => process.stdout.write(typeof it === "string" ? it + "\\n" : JSON.stringify(it) + "\\n");
    if (message.method === "notifications/crash") process.exit(3);
    if (message.method === "hang") return;
    if (message.method === "env") return say({ jsonrpc: "2.0", id: message.id, result: process.env });
    if (message.method === "ask") say({ jsonrpc: "2.0", id: "q1", method: "made/up", params: { n: message.params.n } });
    if (message.method === "garbage") say("this is not JSON");
    if (message.id !== undefined && message.method) say('{"jsonrpc":"2.0","id":' + JSON.stringify(message.id) + ',"result":{"echo":' + line + ',"big":12345678901234567890},"extra":[]}');
    else if (!message.method || message.method === "notifications/speak") say({ jsonrpc: "2.0", method: "notifications/heard", params: { line } });
  });
`;

export interface TestBridge {
  readonly bridge: Bridge;
  readonly url: (upstream: string) => string;
}

/** A command with the settings of a policy that says nothing of them. */
export function command(words: string[], settings: Partial<CompiledCommand> = {}): CompiledCommand {
  return {
    kind: "command",
    command: words,
    process: "session",
    env: [],
    maxProcesses: 32,
    ...settings,
  };
}

/** A bridge of the gateway, with room for more than a test needs. It does not listen yet. */
export function bridgeOf({ joinToken }: { readonly joinToken: string }): Bridge {
  return new Bridge({
    host: "127.0.0.1",
    port: 0,
    token: bridgeToken(joinToken),
    // biome-ignore lint/style/noProcessEnv: no main.ts stands above the tests to hand it in.
    env: commandEnv(process.env),
    secrets: {},
    limits: {
      maxSessions: 64,
      maxSessionsOfAgent: 64,
      maxProcesses: 64,
      maxProcessesOfAgent: 64,
      idleMs: 600_000,
      startWithinMs: 30_000,
      readWithinMs: 30_000,
    },
    log: createLog("test", "silent"),
  });
}

export async function startBridge(
  limits: Partial<SessionLimits> = {},
  log = createLog("test", "silent"),
): Promise<TestBridge> {
  const folder = mkdtempSync(join(tmpdir(), "mcpgw-bridge-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "a.txt"), "hello from disk");
  const bridge = new Bridge({
    host: "127.0.0.1",
    port: 0,
    token,
    // biome-ignore lint/style/noProcessEnv: no main.ts stands above the tests to hand it in.
    env: commandEnv({ ...process.env, MCPGW_JOIN_TOKEN: "secret" }),
    secrets: { DB_PASSWORD: "correct horse" },
    limits: {
      maxSessions: 32,
      maxSessionsOfAgent: 16,
      maxProcesses: 8,
      maxProcessesOfAgent: 8,
      idleMs: 600_000,
      startWithinMs: 30_000,
      readWithinMs: 30_000,
      ...limits,
    },
    log,
  });
  const port = await bridge.listen();
  onTestFinished(() => bridge.close());
  bridge.serve(
    new Map([
      ["files", command(["mcp-server-filesystem", folder])],
      ["everything", command(["mcp-server-everything"])],
      ["scripted", command(["node", "-e", scripted])],
      ["missing", command(["no-such-program"])],
    ]),
  );
  return { bridge, url: (upstream) => `http://127.0.0.1:${port}/${upstream}` };
}

export async function connect(url: string, capabilities = {}, agent = anna): Promise<Client> {
  const client = new Client({ name: "test", version: "1" }, { capabilities });
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { authorization, ...agent } },
  });
  await client.connect(transport as Parameters<Client["connect"]>[0]);
  onTestFinished(() => client.close());
  return client;
}

export function post(
  url: string,
  message: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: {
      authorization,
      ...anna,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
    body: typeof message === "string" ? message : JSON.stringify(message),
  });
}

export const request = (id: string | number, method: string, params = {}) => ({
  jsonrpc: "2.0",
  id,
  method,
  params,
});

export async function openSession(
  url: string,
  headers: Record<string, string> = {},
): Promise<Record<string, string>> {
  const response = await post(url, request(0, "initialize"), headers);
  await response.text();
  expect(response.status).toBe(200);
  return { ...headers, "mcp-session-id": response.headers.get("mcp-session-id") ?? "" };
}

export const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
