import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { startRawUpstream, type TestUpstream } from "./fixture-upstream.ts";

/** A request as a script sees it. */
export interface ScriptedRequest {
  readonly era: "legacy" | "modern";
  /** Of the legacy era. */
  readonly session: string;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly headers: IncomingMessage["headers"];
}

type Result = Readonly<Record<string, unknown>>;

/** Undefined is an unknown method; "streamed": the script has seen to the answer. */
export type Script = (
  request: ScriptedRequest,
  response: ServerResponse,
  id: unknown,
) => Result | undefined | "streamed" | Promise<Result | undefined | "streamed">;

/** A server of both eras that says what a test wants it to, also of itself. `onGet` answers streams. */
export async function startTwoEraUpstream(
  script: Script,
  onGet: (request: IncomingMessage, response: ServerResponse) => void = (_, response) =>
    void response.writeHead(405).end(),
): Promise<TestUpstream> {
  return await startRawUpstream(async (request, response) => {
    if (request.method === "GET") return onGet(request, response);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { id, ...message } = JSON.parse(Buffer.concat(chunks).toString() || "{}");
    if (id === undefined) return void response.writeHead(202).end();
    const asked = requestOf(message, request.headers);
    const said = await script(asked, response, id);
    if (said !== "streamed") reply(response, asked, { id, said });
  });
}

function requestOf(
  { method, params = {} }: { method: string; params?: Result },
  headers: IncomingMessage["headers"],
): ScriptedRequest {
  const era = headers["mcp-protocol-version"] === "2026-07-28" ? "modern" : "legacy";
  const session = method === "initialize" ? randomUUID() : String(headers["mcp-session-id"]);
  return { era, session, method, params, headers };
}

function reply(
  response: ServerResponse,
  { era, session, method }: ScriptedRequest,
  { id, said }: { id: unknown; said: Result | undefined },
): void {
  const end = said
    ? { result: { ...greetingOf(era, method), ...said } }
    : { error: { code: -32_601, message: "Method not found" } };
  response.writeHead(said || era === "legacy" ? 200 : 404, {
    "content-type": "application/json",
    ...(era === "legacy" && { "mcp-session-id": session }),
  });
  response.end(JSON.stringify({ jsonrpc: "2.0", id, ...end }));
}

const everything = { tools: {}, prompts: {}, resources: {} };

function greetingOf(era: "legacy" | "modern", method: string): object {
  if (method === "initialize") {
    const serverInfo = { name: "scripted", version: "1.0.0" };
    return { protocolVersion: "2025-11-25", capabilities: everything, serverInfo };
  }
  const caching = { resultType: "complete", ttlMs: 0, cacheScope: "private" };
  if (era === "legacy") return {};
  return method === "server/discover"
    ? { ...caching, supportedVersions: ["2026-07-28"], capabilities: everything }
    : caching;
}
