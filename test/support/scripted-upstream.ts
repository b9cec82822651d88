import type { IncomingMessage, ServerResponse } from "node:http";
import { startRawUpstream, type TestUpstream } from "./fixture-upstream.ts";

/** What a scripted server does about one message of an agent. */
export interface Script {
  /** Comes before the answer, on its stream. */
  readonly before?: readonly object[];
  /** The answer's `result` or `error`. */
  readonly answer?: Readonly<Record<string, unknown>>;
  /** Of what gets no answer: notifications, and answers of agents. */
  readonly receipt?: { readonly status: number; readonly body: string };
}

export interface ScriptedUpstream extends TestUpstream {
  /** By method; of all messages to come. */
  script: Readonly<Record<string, Script>>;
  /** What a GET stream says as soon as it is open. */
  stream: readonly object[];
}

const greeting: Readonly<Record<string, object>> = {
  initialize: {
    protocolVersion: "2025-11-25",
    capabilities: { tools: {}, prompts: {}, resources: { subscribe: true }, logging: {} },
    serverInfo: { name: "scripted", version: "1" },
  },
  "server/discover": {
    resultType: "complete",
    supportedVersions: ["2026-07-28"],
    capabilities: { tools: {}, prompts: {}, resources: { subscribe: true }, completions: {} },
    ttlMs: 0,
    cacheScope: "private",
  },
  "tools/list": {
    resultType: "complete",
    ttlMs: 0,
    cacheScope: "private",
    tools: [{ name: "act", inputSchema: { type: "object" } }],
  },
};

/** A server of both eras that says what a test wants it to, also what no honest one says. */
export async function startScriptedUpstream(): Promise<ScriptedUpstream> {
  const state: Pick<ScriptedUpstream, "script" | "stream"> = { script: {}, stream: [] };
  const upstream = await startRawUpstream(async (request, response) => {
    if (request.method === "GET") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const message of state.stream) response.write(eventOf(message));
      return;
    }
    const { id, method } = await read(request);
    const {
      before = [],
      answer,
      receipt = { status: 202, body: "" },
    } = state.script[method ?? ""] ?? {};
    if (id === undefined || method === undefined) {
      response.writeHead(receipt.status, { "content-type": "application/json" });
      return void response.end(receipt.body);
    }
    const end = answer ?? { result: greeting[method] ?? { resultType: "complete" } };
    respond(response, before, { jsonrpc: "2.0", id, ...end });
  });
  return Object.assign(state, upstream);
}

function respond(response: ServerResponse, before: readonly object[], answer: object): void {
  if (before.length === 0) {
    response.writeHead(200, { "content-type": "application/json" });
    return void response.end(JSON.stringify(answer));
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end([...before, answer].map(eventOf).join(""));
}

async function read(request: IncomingMessage): Promise<{ id?: unknown; method?: string }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString() || "{}");
}

function eventOf(message: object): string {
  return `data: ${JSON.stringify(message)}\n\n`;
}
