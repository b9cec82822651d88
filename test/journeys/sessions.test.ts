import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { type FixtureServer, startFixtureServer } from "../conformance/fixture-server.ts";
import { TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";

let fixture: FixtureServer;
let gateway: TestGateway;
let headers: Record<string, string>;
let otherHeaders: Record<string, string>;

beforeAll(async () => {
  fixture = await startFixtureServer();
  gateway = await TestGateway.start(
    {
      upstreams: [{ name: "fixture", url: fixture.url }],
      routes: [
        { path: "/mcp", upstreams: ["fixture"] },
        { path: "/other", upstreams: ["fixture"] },
      ],
      rules: [{ name: "all", match: {}, action: Action.ALLOW }],
    },
    { proxies: 2 },
  );
  headers = { authorization: `Bearer ${await gateway.createAgent("agent-1")}` };
  otherHeaders = { authorization: `Bearer ${await gateway.createAgent("agent-2")}` };
});
afterAll(async () => {
  await gateway?.stop();
  await fixture?.stop();
});

describe("a legacy session", () => {
  it("goes on at another proxy", async () => {
    const session = await openSession();
    const listed = await post(gateway.url(1), request("tools/list"), { ...headers, ...session });
    expect(listed.body).toMatchObject({ result: { tools: expect.any(Array) } });
  });

  it("shows nothing of the upstream's own session id", async () => {
    const one = await openSession();
    const other = await openSession();
    expect(one["mcp-session-id"]).not.toBe(other["mcp-session-id"]);
    expect(one["mcp-session-id"]?.length).toBeGreaterThan(80);
  });

  it.each([
    { of: "another agent", with: () => otherHeaders, path: "/mcp" },
    { of: "another route", with: () => headers, path: "/other" },
  ])("does not exist for $of, whatever it asks", async ({ with: credentials, path }) => {
    const session = await openSession();
    const url = gateway.url(0, path);
    const all = { ...credentials(), ...session };
    expect((await post(url, request("tools/list"), all)).status).toBe(404);
    for (const method of ["GET", "DELETE"]) {
      const response = await fetch(url, {
        method,
        headers: { ...all, accept: "text/event-stream" },
      });
      await response.body?.cancel();
      expect(response.status).toBe(404);
    }
  });

  it("that nobody knows is 404, so that the client begins anew", async () => {
    const unknown = { "mcp-session-id": "made-up", ...headers };
    expect((await post(gateway.url(), request("tools/list"), unknown)).status).toBe(404);
  });

  it("that was ended at one proxy is ended at the other", async () => {
    const session = await openSession();
    const ended = await fetch(gateway.url(0), {
      method: "DELETE",
      headers: { ...headers, ...session },
    });
    expect(ended.status).toBe(200);
    const after = await post(gateway.url(1), request("tools/list"), { ...headers, ...session });
    expect(after.status).toBe(404);
  });

  it("resumes a stream at another proxy where it broke off", async () => {
    const session = await openSession();
    const all = { ...headers, ...session };
    const controller = new AbortController();
    const call = request("tools/call", { name: "test_tool_with_logging", arguments: {} });
    const broken = await fetch(gateway.url(0), {
      method: "POST",
      headers: { "content-type": "application/json", accept: both, ...all },
      body: JSON.stringify(call),
      signal: controller.signal,
    });
    const { value } = (await broken.body?.getReader().read()) ?? {};
    const eventId = new TextDecoder().decode(value).match(/^id: (.+)$/m)?.[1] ?? "";
    controller.abort();
    expect(eventId).not.toBe("");

    // Until the upstream has seen the old stream close, it has one already.
    const resumed = await vi.waitFor(async () => {
      const response = await fetch(gateway.url(1), {
        headers: { ...all, accept: "text/event-stream", "last-event-id": eventId },
      });
      expect(response.status).toBe(200);
      return response;
    });

    const text = await readUntil(resumed, '"result"');
    expect(text).toContain(`"id":${call.id}`);
  });
});

const both = "application/json, text/event-stream";
async function openSession(agent = headers): Promise<Record<string, string>> {
  const initialize = request("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "raw", version: "1" },
  });
  const answer = await post(gateway.url(0), initialize, agent);
  const session = {
    "mcp-session-id": answer.headers.get("mcp-session-id") ?? "",
    "mcp-protocol-version": "2025-11-25",
  };
  const initialized = { jsonrpc: "2.0", method: "notifications/initialized" };
  expect((await post(gateway.url(1), initialized, { ...agent, ...session })).status).toBe(202);
  return session;
}

let lastId = 100;

function request(method: string, params: object = {}) {
  lastId += 1;
  return { jsonrpc: "2.0", id: lastId, method, params };
}

async function readUntil(response: Response, text: string): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let read = "";
  while (!read.includes(text)) {
    const { value, done } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) break;
    read += decoder.decode(value, { stream: true });
  }
  await reader?.cancel();
  return read;
}
