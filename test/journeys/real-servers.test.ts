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
  { route: "/everything-sse", tool: "echo", args: { message: "hello" }, holds: "Echo: hello" },
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
  {
    route: "/sqlite",
    tool: "read_query",
    args: { query: "SELECT 6 * 7 AS answer" },
    holds: '"answer": 42',
  },
] as const;

let user: User;
const started: ChildProcess[] = [];

beforeAll(async () => {
  user = new User();
  const [port, ssePort] = [await freePort(), await freePort()];
  startEverything("streamableHttp", port);
  startEverything("sse", ssePort);
  writeFileSync(
    join(user.folder, "policy.yaml"),
    `
apiVersion: mcpgateway/v1
kind: Policy
metadata: { name: real-servers }
upstreams:
  - { name: everything, command: [mcp-server-everything] }
  - { name: everything-http, url: "http://127.0.0.1:${port}/mcp" }
  - { name: everything-sse, sse: "http://127.0.0.1:${ssePort}/sse" }
  - { name: files, command: [mcp-server-filesystem, ${JSON.stringify(user.folder)}] }
  - { name: memory, command: [mcp-server-memory], process: agent }
  - { name: thinking, command: [mcp-server-sequential-thinking], process: agent }
  - { name: sqlite, command: [mcp-server-sqlite-npx, ${JSON.stringify(join(user.folder, "data.db"))}], process: shared }
routes:
  - { path: /everything, upstreams: [everything] }
  - { path: /everything-http, upstreams: [everything-http] }
  - { path: /everything-sse, upstreams: [everything-sse] }
  - { path: /files, upstreams: [files] }
  - { path: /memory, upstreams: [memory] }
  - { path: /thinking, upstreams: [thinking] }
  - { path: /sqlite, upstreams: [sqlite] }
  - { path: /together, upstreams: [everything, everything-http, everything-sse, files, memory, thinking, sqlite] }
rules:
  - { name: all, match: { groups: [demo] }, action: allow }
`,
  );
  await user.startGateway("--policy", join(user.folder, "policy.yaml"));
});
afterAll(async () => {
  for (const server of started) server.kill();
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

it("answer a client of the modern era on one route, none of which speaks that", async () => {
  const client = new Client(
    { name: "sdk2", version: "1.0.0" },
    { versionNegotiation: { mode: "auto" } },
  );
  await client.connect(
    new StreamableHTTPClientTransport(user.urlOf("/together"), {
      requestInit: { headers: headers() },
    }),
  );
  expect(client.getNegotiatedProtocolVersion()).toBe("2026-07-28");
  for (const { route, tool, args, holds } of servers) {
    const name = `${route.slice(1)}__${tool}`;
    expect(textIn(await client.callTool({ name, arguments: args }))).toContain(holds);
  }
  await client.close();
});

it("a database keeps what one client wrote, for the next", async () => {
  const client = new Client({ name: "sdk2", version: "1.0.0" });
  await client.connect(
    new StreamableHTTPClientTransport(user.urlOf("/sqlite"), {
      requestInit: { headers: headers() },
    }),
  );
  const ask = async (name: string, query: string) =>
    textIn(await client.callTool({ name, arguments: { query } }));
  await ask("create_table", "CREATE TABLE people (name TEXT, born INTEGER)");
  await ask("write_query", "INSERT INTO people VALUES ('Ada', 1815)");
  expect(await ask("read_query", "SELECT * FROM people")).toContain('"name": "Ada"');
  expect(await ask("write_query", "INSERT INTO nobody VALUES (1)")).toContain("no such table");
  await client.close();
});

/** The reference server over a transport that needs no bridge. */
function startEverything(transport: "streamableHttp" | "sse", port: number): void {
  const env = { ...process.env, PORT: String(port) };
  started.push(spawn("mcp-server-everything", [transport], { env, stdio: "ignore" }));
}

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
