import type { IncomingMessage, ServerResponse } from "node:http";
import { startRawUpstream, type TestUpstream } from "./fixture-upstream.ts";

/** A request as a scripted server sees it. */
export interface ModernRequest {
  readonly id: string | number;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly headers: IncomingMessage["headers"];
  /** How many requests of this method came before. */
  readonly before: number;
}

export interface ModernUpstream extends TestUpstream {
  /** How often a method was asked for. */
  timesAsked(method: string): number;
  /** Sends a notification to all subscribers. */
  announce(method: string, params?: Readonly<Record<string, unknown>>): void;
}

type Script = (
  request: ModernRequest,
) => Readonly<Record<string, unknown>> | undefined | Promise<Record<string, unknown> | undefined>;

const subscriptionId = "io.modelcontextprotocol/subscriptionId";

/** A server that speaks MCP 2026-07-28 only and answers as a test wants it to. Undefined is an unknown method. */
export async function startModernUpstream(script: Script): Promise<ModernUpstream> {
  const asked = new Map<string, number>();
  const subscribers = new Map<ServerResponse, unknown>();
  const upstream = await startRawUpstream(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { id, method, params = {} } = JSON.parse(Buffer.concat(chunks).toString() || "{}");
    if (id === undefined) return void response.writeHead(202).end();
    const before = asked.get(method) ?? 0;
    asked.set(method, before + 1);
    if (method === "subscriptions/listen") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      subscribers.set(response, id);
      request.socket.once("close", () => subscribers.delete(response));
      const { notifications } = params;
      const meta = { [subscriptionId]: id };
      tell(response, "notifications/subscriptions/acknowledged", { notifications, _meta: meta });
      return;
    }
    const { headers } = request;
    const isLegacy = headers["mcp-protocol-version"] !== "2026-07-28";
    const result = wellKnown(method) ?? (await script({ id, method, params, headers, before }));
    const { status, end } = isLegacy ? unsupported : endOf(result);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify({ jsonrpc: "2.0", id, ...end }));
  });
  return {
    ...upstream,
    timesAsked: (method) => asked.get(method) ?? 0,
    announce: (method, params = {}) => {
      for (const [response, id] of subscribers) {
        tell(response, method, { ...params, _meta: { [subscriptionId]: id } });
      }
    },
  };
}

const unsupported = {
  status: 400,
  end: { error: { code: -32_022, message: "unsupported", data: { supported: ["2026-07-28"] } } },
};

function endOf(result: Readonly<Record<string, unknown>> | undefined) {
  return result
    ? { status: 200, end: { result: { resultType: "complete", ...result } } }
    : { status: 404, end: { error: { code: -32_601, message: "Method not found" } } };
}

function tell(response: ServerResponse, method: string, params: object): void {
  response.write(`data: ${JSON.stringify({ jsonrpc: "2.0", method, params })}\n\n`);
}

function wellKnown(method: string): Readonly<Record<string, unknown>> | undefined {
  if (method !== "server/discover") return undefined;
  const listed = { listChanged: true };
  return {
    supportedVersions: ["2026-07-28"],
    capabilities: { tools: listed, prompts: listed, resources: { ...listed, subscribe: true } },
    ttlMs: 0,
    cacheScope: "private",
  };
}
