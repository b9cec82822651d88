import { execFile } from "node:child_process";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { connectClient, modernHeaders, modernMeta, type TestEra } from "./mcp.ts";

/** Calls the tool `write` of the fixture upstream once, as its users would, and resolves to the text of the result. */
export type LadderClient = (url: URL, key: string, path: string) => Promise<string>;

/** Clients with the limits that they have by themselves. */
export const ladderClients: Readonly<
  Record<"SDK v1" | "SDK v2, legacy" | "SDK v2, modern" | "Inspector CLI", LadderClient>
> = {
  "SDK v1": async (url, key, path) => {
    const client = new Client({ name: "test-client", version: "1.0.0" });
    const headers = { authorization: `Bearer ${key}` };
    await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
    return await closing(client, () => client.callTool(callOf(path)));
  },
  "SDK v2, legacy": (url, key, path) => withV2(url, key, { path, era: "legacy" }),
  "SDK v2, modern": (url, key, path) => withV2(url, key, { path, era: "modern" }),
  "Inspector CLI": async (url, key, path) => {
    const common = ["--cli", "-q", "--format", "json", url.href, "--transport", "http"];
    const header = ["--header", `Authorization: Bearer ${key}`];
    const call = ["--method", "tools/call", "--tool-name", "write"];
    const args = ["--tool-arg", `path=${path}`, "content=b"];
    const said = await new Promise<string>((done) => {
      execFile("mcp-inspector", [...common, ...header, ...call, ...args], (_error, out) =>
        done(out),
      );
    });
    return JSON.parse(/"text": *("(?:[^"\\]|\\.)*")/.exec(said)?.[1] ?? `""`);
  },
};

/** What a client without any help sees of one request: when headers came, how many comments, and the answer. */
export async function watchHeld(url: URL, key: string, path: string) {
  const message = { jsonrpc: "2.0", id: 1, method: "tools/call" };
  const params = { ...callOf(path), _meta: modernMeta() };
  const response = await fetch(url, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...modernHeaders("tools/call", "write"),
    },
    body: JSON.stringify({ ...message, params }),
  });
  return { contentType: response.headers.get("content-type"), text: response.text() };
}

async function withV2(url: URL, key: string, { path, era }: { path: string; era: TestEra }) {
  const client = await connectClient(url, key, era);
  return await closing(client, () => client.callTool(callOf(path)));
}

function callOf(path: string) {
  return { name: "write", arguments: { path, content: "b" } };
}

async function closing(client: { close(): Promise<void> }, call: () => Promise<unknown>) {
  try {
    return textIn(await call());
  } finally {
    await client.close();
  }
}

function textIn(result: unknown): string {
  return (result as { content?: { text?: string }[] }).content?.[0]?.text ?? "";
}
