import type { IncomingMessage } from "node:http";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { startRawUpstream, type TestUpstream } from "./fixture-upstream.ts";

/** A server that reads files and pages and sends mail, as many do. None of its tools says what it is. */
export interface OfficeUpstream extends TestUpstream {
  /** What `read_file` answers, by path. */
  readonly files: Map<string, string>;
  /** What `fetch_page` answers, by URL. */
  readonly pages: Map<string, string>;
  /** What was sent, oldest first. */
  readonly mails: { readonly to: string; readonly body: string }[];
}

export async function startOfficeUpstream(): Promise<OfficeUpstream> {
  const files = new Map([["/salaries.csv", "name,salary\nann,71500\nbob,64200"]]);
  const pages = new Map([["https://news.example/", "All is well."]]);
  const mails: { to: string; body: string }[] = [];
  const handler = toNodeHandler(createMcpHandler(() => createOffice(files, pages, mails)));
  const upstream = await startRawUpstream(
    (request, response) =>
      void handler(request as IncomingMessage & { method: string; url: string }, response),
  );
  return { ...upstream, files, pages, mails };
}

function createOffice(
  files: OfficeUpstream["files"],
  pages: OfficeUpstream["pages"],
  mails: { to: string; body: string }[],
): McpServer {
  const server = new McpServer(
    { name: "office", version: "1.0.0" },
    { capabilities: { tools: {}, prompts: {}, resources: {} } },
  );
  const text = (value: string) => ({ content: [{ type: "text" as const, text: value }] });
  server.registerTool("read_file", { inputSchema: z.object({ path: z.string() }) }, ({ path }) =>
    text(files.get(path) ?? "no such file"),
  );
  server.registerTool("fetch_page", { inputSchema: z.object({ url: z.string() }) }, ({ url }) =>
    text(pages.get(url) ?? "404"),
  );
  server.registerTool(
    "send_email",
    { inputSchema: z.object({ to: z.string(), body: z.string() }) },
    (mail) => {
      mails.push(mail);
      return text(`sent to ${mail.to}`);
    },
  );
  server.registerTool(
    "add",
    { inputSchema: z.object({ a: z.number(), b: z.number() }) },
    ({ a, b }) => text(String(a + b)),
  );
  server.registerPrompt("greet", { description: "Greets" }, () => ({
    messages: [{ role: "user" as const, content: { type: "text" as const, text: "hello" } }],
  }));
  server.registerResource("memo", "memo://one", { mimeType: "text/plain" }, (uri) => ({
    contents: [{ uri: uri.href, text: "for internal use" }],
  }));
  server.registerResource("page", "https://news.example/", { mimeType: "text/html" }, (uri) => ({
    contents: [{ uri: uri.href, text: "news" }],
  }));
  return server;
}
