import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, createServer as createNetServer } from "node:net";
import { join } from "node:path";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { startRawUpstream, type TestUpstream } from "./fixture-upstream.ts";

export interface FederatedUpstream extends TestUpstream {
  /** Announces to subscribers that the note has changed. */
  announce(): void;
}

/** Names that agents' clients would refuse. */
export const oddNames = {
  long: `search_${"very_".repeat(12)}long`,
  dotted: "files.read.all",
  marked: "tool_0123abcd",
};

/** A server of both eras (or of the modern one only) whose names and URIs are hard to map. */
export async function startFederatedUpstream(
  options: { readonly legacy?: "reject" } = {},
): Promise<FederatedUpstream> {
  const runs = new Map<string, number>();
  const mcp = createMcpHandler(() => createFixture(runs), options);
  const handler = toNodeHandler(mcp);
  const upstream = await startRawUpstream(
    (request, response) =>
      void handler(request as IncomingMessage & { method: string; url: string }, response),
  );
  return { ...upstream, runs, announce: () => mcp.notify.resourceUpdated("note://one") };
}

/** The reference server, which speaks the legacy era only and keeps sessions. */
export async function startEverything(
  atPort?: number,
): Promise<{ url: string; stop(): Promise<void> }> {
  const port = atPort ?? (await freePort());
  const program = join(
    import.meta.dirname,
    "../../node_modules/@modelcontextprotocol/server-everything/dist/index.js",
  );
  const child = spawn(process.execPath, [program, "streamableHttp"], {
    env: { PORT: String(port) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  await once(child.stderr, "data");
  child.stderr.resume();
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    stop: async () => {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

/** An address where nobody listens. */
export async function deadUrl(): Promise<string> {
  return `http://127.0.0.1:${await freePort()}/mcp`;
}

/** A server that takes connections and never answers. */
export async function startSilent(): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/**
 * A legacy server that pings on each stream (GET) with the id 1, and then ends it.
 * The events of all its streams are numbered through.
 */
export async function startPinger(): Promise<TestUpstream> {
  let events = 0;
  return await startRawUpstream(async (request, response) => {
    if (request.method === "GET") {
      events += 1;
      const ping = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.end(`id: ${events}\ndata: ${ping}\n\n`);
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { id, method } = JSON.parse(Buffer.concat(chunks).toString() || "{}");
    if (method !== "initialize") {
      response.writeHead(202).end();
      return;
    }
    const serverInfo = { name: "pinger", version: "1" };
    const result = { protocolVersion: "2025-11-25", capabilities: {}, serverInfo };
    response.writeHead(200, {
      "content-type": "application/json",
      "mcp-session-id": `pinger-${Math.random()}`,
    });
    response.end(JSON.stringify({ jsonrpc: "2.0", id, result }));
  });
}

/** A stateless legacy server with so many tools, 100 on a page. */
export async function startLister(count: number): Promise<TestUpstream> {
  return await startRawUpstream(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString() || "{}");
    const from = Number(params?.cursor ?? 0);
    const tools = Array.from({ length: Math.min(100, count - from) }, (_, at) => ({
      name: `tool-${from + at}`,
      inputSchema: { type: "object" },
    }));
    const next = from + 100 < count ? { nextCursor: String(from + 100) } : {};
    const results: Record<string, object> = {
      initialize: {
        protocolVersion: "2025-11-25",
        capabilities: { tools: {} },
        serverInfo: { name: "lister", version: "1" },
      },
      "tools/list": { tools, ...next },
    };
    const result = results[method];
    const error = { code: -32_601, message: "Method not found" };
    response.writeHead(id === undefined ? 202 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify({ jsonrpc: "2.0", id, ...(result ? { result } : { error }) }));
  });
}

async function freePort(): Promise<number> {
  const server = createNetServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function createFixture(runs: Map<string, number>): McpServer {
  const server = new McpServer(
    { name: "federated", version: "1.0.0" },
    {
      capabilities: { tools: {}, prompts: {}, resources: { subscribe: true } },
      instructions: "Read the note first.",
    },
  );
  const text = (value: string) => ({ content: [{ type: "text" as const, text: value }] });
  for (const name of ["echo", ...Object.values(oddNames)]) {
    server.registerTool(name, { inputSchema: z.object({ text: z.string() }) }, (args) => {
      runs.set(name, (runs.get(name) ?? 0) + 1);
      return text(`${name}: ${args.text}`);
    });
  }
  server.registerTool("link", { inputSchema: z.object({}) }, () => ({
    content: [
      { type: "resource_link" as const, uri: "note://one", name: "note" },
      { type: "resource" as const, resource: { uri: "note://one", text: "a note" } },
    ],
  }));
  server.registerTool("wait", { inputSchema: z.object({}) }, async (_args, context) => {
    runs.set("wait", (runs.get("wait") ?? 0) + 1);
    await new Promise((resolve) => context.mcpReq.signal.addEventListener("abort", resolve));
    runs.set("wait cancelled", (runs.get("wait cancelled") ?? 0) + 1);
    return text("too late");
  });
  server.registerPrompt("greet", { description: "Greets" }, () => ({
    messages: [{ role: "user" as const, content: { type: "text" as const, text: "hello" } }],
  }));
  server.registerResource("note", "note://one", { mimeType: "text/plain" }, (uri) => ({
    contents: [{ uri: uri.href, text: "a note" }],
  }));
  return server;
}
