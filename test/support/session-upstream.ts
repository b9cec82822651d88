import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { startRawUpstream, type TestUpstream } from "./fixture-upstream.ts";

/** A legacy server with sessions, whose failures the test chooses. */
export interface SessionUpstream extends TestUpstream {
  /** The sessions that it knows. */
  readonly sessions: Set<string>;
  /** Tools in the order in which they were called. */
  readonly calls: string[];
  /** Ids of calls that were cancelled. */
  readonly cancelled: unknown[];
  /** How many of the next handshakes break off. */
  failures: number;
  /** What DELETE does: ends the session, is accepted and changes nothing, or is not allowed. */
  onDelete: "ends" | "keeps" | "refuses";
  reset(): void;
}

/** Its tools: `echo`, `held`, and `ask`, which asks the agent (under the id 7) and waits for the answer. */
export async function startSessionUpstream(): Promise<SessionUpstream> {
  const asking = new Map<string, () => void>();
  const state = {
    sessions: new Set<string>(),
    calls: [] as string[],
    cancelled: [] as unknown[],
    failures: 0,
    onDelete: "ends" as SessionUpstream["onDelete"],
  };

  const end = (session: string, response: ServerResponse) => {
    if (state.onDelete === "refuses") return void response.writeHead(405).end();
    if (state.onDelete === "ends") state.sessions.delete(session);
    response.writeHead(200).end();
  };
  const answer = (message: Message, session: string, response: ServerResponse) => {
    const { id, method, params } = message;
    const reply = (result: object) => {
      response.writeHead(200, { "content-type": "application/json", "mcp-session-id": session });
      response.end(JSON.stringify({ jsonrpc: "2.0", id, result }));
    };
    if (method === "tools/list") return reply({ tools: ["echo", "held", "ask"].map(toolOf) });
    if (method === "notifications/cancelled") state.cancelled.push(params?.["requestId"]);
    if (method !== "tools/call") {
      if (id === 7) asking.get(session)?.();
      return void response.writeHead(202).end();
    }
    state.calls.push(String(params?.["name"]));
    if (params?.["name"] !== "ask") return reply(textOf("done"));
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(eventOf({ jsonrpc: "2.0", id: 7, method: "ping" }));
    asking.set(session, () => {
      response.end(eventOf({ jsonrpc: "2.0", id, result: textOf("answered") }));
    });
  };
  const begin = (message: Message, response: ServerResponse) => {
    if (state.failures > 0) {
      state.failures -= 1;
      return void response.destroy();
    }
    const session = randomUUID();
    state.sessions.add(session);
    const serverInfo = { name: "asker", version: "1" };
    const result = { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo };
    response.writeHead(200, { "content-type": "application/json", "mcp-session-id": session });
    response.end(JSON.stringify({ jsonrpc: "2.0", id: message.id, result }));
  };

  const upstream = await startRawUpstream(async (request, response) => {
    const message = await read(request);
    const session = String(request.headers["mcp-session-id"] ?? "");
    if (message.method === "initialize") begin(message, response);
    else if (!state.sessions.has(session)) response.writeHead(404).end();
    else if (request.method === "DELETE") end(session, response);
    else answer(message, session, response);
  });
  const reset = () => {
    state.sessions.clear();
    state.calls.length = 0;
    state.cancelled.length = 0;
    state.failures = 0;
    state.onDelete = "ends";
  };
  return Object.assign(state, upstream, { reset });
}

interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

async function read(request: IncomingMessage): Promise<Message> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString() || "{}");
}

function toolOf(name: string) {
  return { name, inputSchema: { type: "object" } };
}

function textOf(text: string) {
  return { content: [{ type: "text", text }] };
}

function eventOf(message: object): string {
  return `data: ${JSON.stringify(message)}\n\n`;
}
