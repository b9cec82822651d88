import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Action, ScanAction } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { fakeSecret } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "../support/scripted-upstream.ts";

const text = `the key is ${fakeSecret}`;
const content = [{ type: "text", text }];
const complete = (more: object) => ({ answer: { result: { resultType: "complete", ...more } } });

let upstream: ScriptedUpstream;
let gateway: TestGateway;
let key: string;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  const redact = { secrets: ScanAction.REDACT };
  gateway = await TestGateway.start({
    upstreams: [{ name: "fixture", url: upstream.url }],
    routes: [{ path: "/mcp", upstreams: ["fixture"] }],
    rules: [{ name: "all", match: {}, action: Action.ALLOW }],
    scanning: {
      profiles: [{ name: "p", arguments: { schema: ScanAction.OFF, ...redact }, results: redact }],
    },
  });
  key = await gateway.createAgent("agent-1");
});
afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

/** The official client of an era, and everything that it hears beside answers. */
async function connect(era: "legacy" | "modern") {
  const heard: unknown[] = [];
  const capabilities = { sampling: {}, elicitation: { form: {} } };
  const client = new Client(
    { name: "test-client", version: "1.0.0" },
    {
      capabilities,
      ...(era === "modern" && { versionNegotiation: { mode: { pin: "2026-07-28" } } }),
    },
  );
  client.fallbackNotificationHandler = async (notification) => void heard.push(notification);
  client.setRequestHandler("elicitation/create", async ({ params }) => {
    heard.push(params);
    return { action: "accept", content: { name: text } };
  });
  client.setRequestHandler("sampling/createMessage", async ({ params }) => {
    heard.push(params);
    return { role: "assistant", model: "m", content: { type: "text", text } };
  });
  await client.connect(
    new StreamableHTTPClientTransport(gateway.url(), {
      requestInit: { headers: { authorization: `Bearer ${key}` } },
    }),
  );
  return { client, heard };
}

describe.each(["legacy", "modern"] as const)("an official client of the %s era", (era) => {
  it("gets no secret with a tool, a prompt, a resource or a completion, and sends none", async () => {
    upstream.script = {
      "tools/call": complete({ content, structuredContent: { text } }),
      "prompts/get": complete({ messages: [{ role: "user", content: { type: "text", text } }] }),
      "resources/read": complete({
        contents: [{ uri: "note://one", mimeType: "text/html", blob: btoa(`<p>${text}</p>`) }],
        ttlMs: 0,
        cacheScope: "private",
      }),
    };
    const { client } = await connect(era);
    const from = upstream.received.length;
    const got = [
      await client.callTool({ name: "act", arguments: { text } }),
      await client.getPrompt({ name: "greet", arguments: { text } }),
      await client.readResource({ uri: "note://one" }),
    ];
    const refused = client.readResource({ uri: `note://${fakeSecret}` });
    await expect(refused).rejects.toThrow(/Blocked by the gateway/);
    await client.close();

    const blobs = JSON.stringify(got).replaceAll(/"blob":"([^"]*)"/g, (_, blob) => atob(blob));
    expect(blobs).toContain("[[mcpgw:slack-token:");
    expect(blobs).not.toContain(fakeSecret);
    const sent = upstream.received.slice(from).map(({ body }) => body);
    expect(sent.join("\n")).toContain("[[mcpgw:slack-token:");
    expect(sent.join("\n")).not.toContain(fakeSecret);
  });
});

it("a legacy client is asked without the secret, and the server hears an answer without it", async () => {
  const asks = [
    { id: "q1", method: "elicitation/create", params: { message: text, requestedSchema: form } },
    {
      id: "q2",
      method: "sampling/createMessage",
      params: { messages: [{ role: "user", content: { type: "text", text } }], maxTokens: 9 },
    },
    { method: "notifications/message", params: { level: "info", data: text } },
  ];
  upstream.script = {
    "tools/call": {
      before: asks.map((it) => ({ jsonrpc: "2.0", ...it })),
      ...complete({ content: [] }),
    },
  };
  const { client, heard } = await connect("legacy");
  await client.callTool({ name: "act", arguments: {} });
  await vi.waitFor(() => expect(answersOfAgents()).toHaveLength(2));
  await client.close();

  expect(heard).toHaveLength(3);
  expect(JSON.stringify(heard)).not.toContain(fakeSecret);
  expect(answersOfAgents().join()).not.toContain(fakeSecret);
  expect(answersOfAgents().join()).toContain("[[mcpgw:slack-token:");
});

const form = { type: "object", properties: { name: { type: "string" } } };

function answersOfAgents(): readonly string[] {
  return upstream.received.map(({ body }) => body).filter((body) => /"id":"q[12]"/.test(body));
}
