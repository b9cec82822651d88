import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { freePort, User } from "../support/user.ts";

/** What each server is asked, and what its answer must hold. */
const servers = [
  { route: "/everything", tool: "echo", args: { message: "hello" }, holds: "Echo: hello" },
  { route: "/everything-http", tool: "echo", args: { message: "hello" }, holds: "Echo: hello" },
  { route: "/files", tool: "read_text_file", args: { path: "policy.yaml" }, holds: "kind: Policy" },
  {
    route: "/memory",
    tool: "search_nodes",
    args: { query: "nobody" },
    holds: '"entities"',
  },
  {
    route: "/thinking",
    tool: "sequentialthinking",
    args: { thought: "first", thoughtNumber: 1, totalThoughts: 1, nextThoughtNeeded: false },
    holds: '"thoughtNumber": 1',
  },
] as const;

let user: User;
let http: ChildProcess | undefined;

beforeAll(async () => {
  user = new User();
  const port = await freePort();
  http = spawn("mcp-server-everything", ["streamableHttp"], {
    env: { ...process.env, PORT: String(port) },
    stdio: "ignore",
  });
  writeFileSync(
    join(user.folder, "policy.yaml"),
    `
apiVersion: mcpgateway/v1
kind: Policy
metadata: { name: real-servers }
upstreams:
  - { name: everything, command: [mcp-server-everything] }
  - { name: everything-http, url: "http://127.0.0.1:${port}/mcp" }
  - { name: files, command: [mcp-server-filesystem, ${JSON.stringify(user.folder)}] }
  - { name: memory, command: [mcp-server-memory] }
  - { name: thinking, command: [mcp-server-sequential-thinking] }
routes:
  - { path: /everything, upstreams: [everything] }
  - { path: /everything-http, upstreams: [everything-http] }
  - { path: /files, upstreams: [files] }
  - { path: /memory, upstreams: [memory] }
  - { path: /thinking, upstreams: [thinking] }
rules:
  - { name: all, match: { groups: [demo] }, action: allow }
`,
  );
  await user.startGateway("--policy", join(user.folder, "policy.yaml"));
});
afterAll(async () => {
  http?.kill();
  await user?.leave();
});

describe.each(servers)("$route", ({ route, tool, args, holds }) => {
  const call = { name: tool, arguments: args };

  it("answers the official client of SDK 1", async () => {
    const client = new OldClient({ name: "sdk1", version: "1.0.0" });
    const options = { requestInit: { headers: headers() } };
    const transport = new OldTransport(user.urlOf(route), options) as Transport;
    await vi.waitFor(() => client.connect(transport), { timeout: 10_000 });
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain(tool);
    expect(textIn(await client.callTool(call))).toContain(holds);
    await transport.close();
  });

  it.each(["legacy", "auto"] as const)(
    "answers the official client of SDK 2 (%s)",
    async (mode) => {
      const options = mode === "auto" ? { versionNegotiation: { mode } } : {};
      const client = new Client({ name: "sdk2", version: "1.0.0" }, options);
      await client.connect(
        new StreamableHTTPClientTransport(user.urlOf(route), {
          requestInit: { headers: headers() },
        }),
      );
      expect((await client.listTools()).tools.map(({ name }) => name)).toContain(tool);
      expect(textIn(await client.callTool(call))).toContain(holds);
      await client.close();
    },
  );

  it("answers the Inspector's command line", async () => {
    const json = JSON.stringify(args);
    const asked = ["--method", "tools/call", "--tool-name", tool, "--tool-args-json", json];
    const { code, stdout } = await user.inspect(user.urlOf(route), ...asked);
    expect(code).toBe(0);
    expect(textIn(JSON.parse(stdout))).toContain(holds);
  });
});

function headers() {
  return { authorization: `Bearer ${user.agentKey}` };
}

/** The texts of a result, wherever the client puts them. */
function textIn(result: unknown): string {
  return JSON.stringify(result)
    .replaceAll('\\"', '"')
    .replaceAll("\\n", "\n")
    .replaceAll('\\\\"', '"');
}
