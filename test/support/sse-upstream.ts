import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { waitUntil } from "../../cli/up/wait.ts";

export interface OldServer {
  readonly url: string;
  /** Ends the process, as a crash would. */
  stop(): Promise<void>;
}

/** The official example server, speaking HTTP+SSE of MCP 2024-11-05. */
export async function startOldServer(port?: number): Promise<OldServer> {
  const chosen = port ?? (await freePort());
  const child = spawn("mcp-server-everything", ["sse"], {
    // biome-ignore lint/style/noProcessEnv: the program is found on the path of the tests.
    env: { ...process.env, PORT: String(chosen) },
    stdio: "ignore",
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const killIt = () => void child.kill("SIGKILL");
  process.once("exit", killIt);
  const origin = `http://127.0.0.1:${chosen}`;
  const isUp = async () => {
    const response = await fetch(`${origin}/nothing`).catch(() => undefined);
    await response?.arrayBuffer();
    return response !== undefined;
  };
  if (!(await waitUntil(isUp, { deadlineMs: 20_000, everyMs: 50 }))) {
    killIt();
    throw new Error("mcp-server-everything did not start within 20 s");
  }
  return {
    url: `${origin}/sse`,
    stop: async () => {
      process.off("exit", killIt);
      killIt();
      await ended;
    },
  };
}

export interface ScriptedSseServer {
  readonly url: string;
  /** What was posted, parsed, in order. */
  readonly posted: readonly Record<string, unknown>[];
  /** Streams that are open now. */
  readonly streams: ReadonlySet<ServerResponse>;
  /** Says something on every open stream. */
  say(message: object): void;
  stop(): Promise<void>;
}

/** A server of HTTP+SSE whose endpoint and answers the test chooses. Answers `initialize` by itself. */
export async function startScriptedSse(script: {
  /** Empty: none is ever named. */
  readonly endpoint?: string;
  readonly initialize?: object;
  readonly answer?: (message: Record<string, unknown>) => object | undefined;
}): Promise<ScriptedSseServer> {
  const streams = new Set<ServerResponse>();
  const posted: Record<string, unknown>[] = [];
  const say = (message: object) => {
    for (const stream of streams) stream.write(`data: ${JSON.stringify(message)}\n\n`);
  };
  const open = (response: ServerResponse) => {
    streams.add(response);
    response.once("close", () => streams.delete(response));
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    if (script.endpoint !== "") {
      response.write(`event: endpoint\ndata: ${script.endpoint ?? "/message?sessionId=1"}\n\n`);
    }
  };
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const message = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    posted.push(message);
    response.writeHead(202).end("Accepted");
    const answer =
      message.method === "initialize"
        ? (script.initialize ?? initialized)
        : script.answer?.(message);
    if (answer) say({ jsonrpc: "2.0", id: message.id, ...answer });
  };
  const server = createServer((request, response) => {
    if (request.method === "GET") open(response);
    else void take(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/sse`,
    posted,
    streams,
    say,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const initialized = {
  result: {
    protocolVersion: "2024-11-05",
    capabilities: { tools: {} },
    serverInfo: { name: "scripted", version: "1" },
  },
};

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
