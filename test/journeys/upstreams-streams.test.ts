import { once } from "node:events";
import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startRawUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";

let gateway: TestGateway;
let upstream: TestUpstream;
let other: TestUpstream;
let authorization: string;
let respond: (request: IncomingMessage, response: ServerResponse) => void;

beforeAll(async () => {
  other = await startRawUpstream((_request, response) => response.end("{}"));
  upstream = await startRawUpstream((request, response) => respond(request, response));
  gateway = await TestGateway.start({
    upstreams: [{ name: "raw", url: upstream.url, circuitBreaker: { failures: 1_000 } }],
    routes: [{ path: "/mcp", upstreams: ["raw"] }],
    rules: [{ name: "all", match: {}, action: Action.ALLOW }],
  });
  authorization = `Bearer ${await gateway.createAgent("agent-1")}`;
});
afterAll(async () => {
  await gateway?.stop();
  await Promise.all([upstream?.stop(), other?.stop()]);
});
beforeEach(() => {
  respond = (_request, response) => response.end();
});

const call = { jsonrpc: "2.0", id: 1, method: "tools/list" };
const answer = `data: ${JSON.stringify({ jsonrpc: "2.0", id: 1, result: { tools: [] } })}\n\n`;
const notification = (text: string) =>
  `data: ${JSON.stringify({ jsonrpc: "2.0", method: "notifications/message", params: { data: text } })}\n\n`;

function openStream(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.flushHeaders();
}

/** Writes as much as the gateway takes; resolves when it takes more, or has gone. */
function write(response: ServerResponse, piece: string): Promise<void> | undefined {
  if (response.write(piece)) return undefined;
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}

/** A POST whose answer is read only as far as the test reads it. */
async function postSlowly(): Promise<IncomingMessage> {
  const headers = {
    authorization,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  const sent = httpRequest(gateway.url(), { method: "POST", headers });
  sent.end(JSON.stringify(call));
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return response;
}

describe("a redirect", () => {
  it.each([301, 302, 307, 308])("(%i) of a call leads nowhere", async (status) => {
    respond = (_request, response) => response.writeHead(status, { location: other.url }).end();
    const refused = await post(gateway.url(), call, { authorization });
    expect(refused.body).toMatchObject({
      error: { code: 5020, message: expect.stringContaining("redirects, which is not followed") },
    });
    expect(other.received).toEqual([]);
  });

  it.each(["GET", "DELETE"])(
    "of a %s leads nowhere, nor does the agent hear of it",
    async (method) => {
      respond = (_request, response) => response.writeHead(307, { location: other.url }).end();
      const headers = { authorization, accept: "text/event-stream" };
      const refused = await fetch(gateway.url(), { method, headers, redirect: "manual" });
      expect(refused.status).toBe(502);
      expect(refused.headers.get("location")).toBeNull();
      expect(other.received).toEqual([]);
    },
  );
});

describe("an upstream that refuses the gateway", () => {
  it.each(["GET", "DELETE"])("does not make the agent log in: %s", async (method) => {
    respond = (_request, response) =>
      response.writeHead(401, { "www-authenticate": "Bearer" }).end();
    const headers = { authorization, accept: "text/event-stream" };
    const refused = await fetch(gateway.url(), { method, headers });
    expect(refused.status).toBe(502);
    expect(refused.headers.get("www-authenticate")).toBeNull();
  });
});

describe("a stream", () => {
  it("reaches the agent event by event, at once", async () => {
    let upstreamResponse: ServerResponse | undefined;
    respond = (_request, response) => {
      upstreamResponse = response;
      openStream(response);
      response.write(notification("first"));
    };

    const reply = await postSlowly();
    const [first] = await once(reply, "data");
    expect(String(first)).toContain("first");
    upstreamResponse?.write(notification("second"));
    const [second] = await once(reply, "data");
    expect(String(second)).toContain("second");

    upstreamResponse?.end(answer);
    const [last] = await once(reply, "data");
    expect(String(last)).toContain('"tools":[]');
  });

  it("is read no faster than the agent reads it", async () => {
    const event = notification("x".repeat(64 * 1024));
    let written = 0;
    respond = async (_request, response) => {
      openStream(response);
      for (let count = 0; count < 2_000 && !response.destroyed; count += 1) {
        written += event.length;
        await write(response, event);
      }
      response.end(answer);
    };

    const reply = await postSlowly();
    let before = -1;
    while (before !== written) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    expect(written).toBeLessThan(32 * 1024 * 1024);

    let text = "";
    for await (const chunk of reply) text = String(chunk);
    expect(text).toContain('"tools":[]');
    expect(written).toBeGreaterThan(100 * 1024 * 1024);
  });

  it("with one event that is too long fails, and does not fill the memory", async () => {
    respond = async (_request, response) => {
      openStream(response);
      response.write("data: ");
      const piece = "x".repeat(1024 * 1024);
      for (let count = 0; count < 100 && !response.destroyed; count += 1) {
        await write(response, piece);
      }
      response.end();
    };
    const failed = await post(gateway.url(), call, { authorization });
    expect(failed.body).toMatchObject({
      id: 1,
      error: { code: 5020, message: expect.stringContaining("an event that is too long") },
    });
  });
});

describe("an answer in JSON", () => {
  it("of more than 80 MiB is refused, and says why", async () => {
    respond = async (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const piece = " ".repeat(1024 * 1024);
      for (let count = 0; count < 100 && !response.destroyed; count += 1) {
        await write(response, piece);
      }
      response.end();
    };
    const failed = await post(gateway.url(), call, { authorization });
    expect(failed.body).toMatchObject({
      error: { code: 5020, message: expect.stringContaining("more than 83886080 bytes") },
    });
  });
});
