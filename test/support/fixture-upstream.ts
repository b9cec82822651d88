import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";

/** What reached an upstream. */
export interface Received {
  readonly method: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface TestUpstream {
  readonly url: string;
  /** Every HTTP request, as it came. */
  readonly received: readonly Received[];
  /** How often each tool ran. */
  readonly runs: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** A real MCP server of both eras: echo, write, a secret in a result, an error, slow progress. */
export async function startUpstream(): Promise<TestUpstream> {
  const runs = new Map<string, number>();
  const handler = toNodeHandler(createMcpHandler(() => createFixture(runs)));
  const upstream = await listen(
    (request, response) =>
      void handler(request as IncomingMessage & { method: string; url: string }, response),
  );
  return { ...upstream, runs };
}

/** Something that answers HTTP as a test wants it to. */
export async function startRawUpstream(listener: RequestListener): Promise<TestUpstream> {
  return { ...(await listen(listener)), runs: new Map() };
}

async function listen(listener: RequestListener): Promise<Omit<TestUpstream, "runs">> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({
        method: request.method ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString("utf8"),
      });
    });
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    received,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function createFixture(runs: Map<string, number>): McpServer {
  const server = new McpServer(
    { name: "fixture", version: "1.0.0" },
    { capabilities: { tools: {}, prompts: {}, resources: {} } },
  );
  const ran = (tool: string) => runs.set(tool, (runs.get(tool) ?? 0) + 1);
  const text = (value: string) => ({ content: [{ type: "text" as const, text: value }] });

  server.registerTool("echo", { inputSchema: z.object({ text: z.string() }) }, (args) => {
    ran("echo");
    return text(`echo: ${args.text}`);
  });
  server.registerTool(
    "write",
    { inputSchema: z.object({ path: z.string(), content: z.string() }) },
    (args) => {
      ran("write");
      return text(`wrote ${args.path}`);
    },
  );
  server.registerTool("leak", { inputSchema: z.object({}) }, () => {
    ran("leak");
    return text(`the token is ${fakeSecret}`);
  });
  server.registerTool("fail", { inputSchema: z.object({}) }, () => {
    ran("fail");
    return { ...text("it did not work"), isError: true };
  });
  server.registerPrompt("greet", { description: "Greets" }, () => ({
    messages: [{ role: "user" as const, content: { type: "text" as const, text: "hello" } }],
  }));
  server.registerResource("note", "note://one", { mimeType: "text/plain" }, (uri) => ({
    contents: [{ uri: uri.href, text: "a note" }],
  }));
  return server;
}

/** Of the shape of a Slack token, put together here so that no scanner of repositories takes it for one. */
export const fakeSecret = [
  "xoxb",
  "281940573816",
  "9350472816405",
  "kT7wQz2LmXv9RbNc4YhGpJd8",
].join("-");
