import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";
import {
  type ModernRequest,
  type ModernUpstream,
  startModernUpstream,
} from "../support/modern-upstream.ts";

let modern: ModernUpstream;
let files: TestUpstream;
let gateway: TestGateway;
let key: string;
/** What the upstream's tool "act" did, in the end. */
const done: unknown[] = [];

const form = {
  method: "elicitation/create",
  params: {
    mode: "form",
    message: "What is your name?",
    requestedSchema: { type: "object", properties: { name: { type: "string" } } },
  },
};
const page = {
  method: "elicitation/create",
  params: { mode: "url", message: "Log in", url: "https://example.com/login" },
};
const sample = {
  method: "sampling/createMessage",
  params: { messages: [{ role: "user", content: { type: "text", text: "say" } }], maxTokens: 10 },
};

beforeAll(async () => {
  modern = await startModernUpstream(answer);
  files = await startUpstream();
  gateway = await TestGateway.start(
    {
      upstreams: [
        { name: "files", url: files.url },
        { name: "modern", url: modern.url },
      ],
      routes: [{ path: "/mcp", upstreams: ["files", "modern"] }],
      rules: [{ name: "all", match: {}, action: Action.ALLOW }],
    },
    { proxies: 2 },
  );
  key = await gateway.createAgent("analyst-1");
});
afterAll(async () => {
  await gateway?.stop();
  await Promise.all([modern, files].map((upstream) => upstream?.stop()));
});

describe("a legacy agent of a modern upstream", () => {
  it("is asked in its own way for what a tool wants, several things at once, and again", async () => {
    const client = new Client(
      { name: "asked", version: "1.0.0" },
      { capabilities: { elicitation: { form: {} }, sampling: {} } },
    );
    client.setRequestHandler("elicitation/create", () => ({
      action: "accept",
      content: { name: "Ada" },
    }));
    client.setRequestHandler("sampling/createMessage", () => ({
      model: "none",
      role: "assistant",
      content: { type: "text", text: "sampled" },
    }));
    await client.connect(transport());

    const result = await client.callTool({ name: "modern__act", arguments: { steps: 2 } });

    expect(JSON.stringify(result.content)).toContain("Ada");
    expect(JSON.stringify(result.content)).toContain("sampled");
    expect(done).toHaveLength(1);
    await client.close();
  });

  it("is led to a page, and answers at another proxy", async () => {
    const session = await openSession({ elicitation: { form: {}, url: {} } });
    const call = await begin(session, "page");
    const asked = await call.until("elicitation/create");
    const { id, params } = JSON.parse(asked.match(/^data: (.*elicitation.*)$/m)?.[1] ?? "{}");
    expect(params).toMatchObject({ mode: "url", elicitationId: expect.any(String) });

    const answered = { jsonrpc: "2.0", id, result: { action: "accept" } };
    expect((await post(gateway.url(1), answered, session)).status).toBe(202);

    expect(await call.until('"content"')).toContain("accept");
  });

  it("is not asked by the answer of another agent", async () => {
    const session = await openSession({ elicitation: {} });
    const call = await begin(session, "form");
    const asked = await call.until("elicitation/create");
    const { id } = JSON.parse(asked.match(/^data: (.*elicitation.*)$/m)?.[1] ?? "{}");
    const stranger = await openSession({ elicitation: {} }, await gateway.createAgent("other-1"));
    const forged = { action: "accept", content: { name: "Mallory" } };

    await post(gateway.url(0), { jsonrpc: "2.0", id, result: forged }, stranger);
    await post(gateway.url(1), { jsonrpc: "2.0", id, result: forged }, stranger);
    const own = { action: "accept", content: { name: "Ada" } };
    await post(gateway.url(0), { jsonrpc: "2.0", id, result: own }, session);

    const text = await call.until('"content"');
    expect(text).toContain("Ada");
    expect(text).not.toContain("Mallory");
  });

  it("that refuses has its call fail, with its own words", async () => {
    const session = await openSession({ elicitation: {} });
    const call = await begin(session, "form");
    const asked = await call.until("elicitation/create");
    const { id } = JSON.parse(asked.match(/^data: (.*elicitation.*)$/m)?.[1] ?? "{}");

    await post(
      gateway.url(0),
      { jsonrpc: "2.0", id, error: { code: -1, message: "nobody is here" } },
      session,
    );

    expect(await call.until('"error"')).toContain("nobody is here");
  });

  it.each([
    { wants: "form", why: "cannot do" },
    { wants: "endless", why: "10 times" },
  ])("gets an error when its upstream wants what cannot be given ($wants)", async (given) => {
    const session = await openSession({ sampling: {} });

    const call = await begin(session, given.wants);

    expect(await call.until('"error"')).toContain(given.why);
  });

  it("waits without a word while its upstream only asks to be asked again", async () => {
    const call = await begin(await openSession({}), "patience");

    expect(await call.until('"content"')).toContain("in the end");
  });

  it("hears that something is unknown in a way that does not end its session", async () => {
    const session = await openSession({});

    const answer = await call(session, "prompts/get", { name: "modern__nothing" });

    expect(answer).toMatchObject({ status: 200, body: { error: { code: -32_601 } } });
  });
});

/** A tool for each way of asking. The state says how far it is. */
function answer({ method, params }: ModernRequest): Record<string, unknown> | undefined {
  if (method === "tools/list") {
    const names = ["act", "page", "form", "endless", "patience"];
    const tools = names.map((name) => ({ name, inputSchema: { type: "object" } }));
    return { tools, ttlMs: 0, cacheScope: "private" };
  }
  if (method !== "tools/call") return undefined;
  const { name, inputResponses, requestState } = params;
  const asked = { resultType: "input_required" };
  const told = {
    content: [{ type: "text", text: JSON.stringify(inputResponses ?? "in the end") }],
  };
  switch (`${name} ${requestState ?? "begins"}`) {
    case "act begins":
      return { ...asked, inputRequests: { who: form, what: sample }, requestState: "second é" };
    case "act second é":
      done.push(params["arguments"]);
      return told;
    case "page begins":
      return { ...asked, inputRequests: { login: page }, requestState: "logged in" };
    case "form begins":
      return inputResponses ? told : { ...asked, inputRequests: { who: form } };
    case "patience begins":
      return { ...asked, requestState: "1" };
    case "patience 1":
      return { ...asked, requestState: "2" };
    default:
      return name === "endless" ? { ...asked, requestState: "on" } : told;
  }
}

function transport() {
  return new StreamableHTTPClientTransport(gateway.url(), {
    requestInit: { headers: { authorization: `Bearer ${key}` } },
  });
}

async function openSession(capabilities: object, of = key): Promise<Record<string, string>> {
  const params = {
    protocolVersion: "2025-11-25",
    capabilities,
    clientInfo: { name: "raw", version: "1" },
  };
  const message = { jsonrpc: "2.0", id: 0, method: "initialize", params };
  const authorization = `Bearer ${of}`;
  const { headers } = await post(gateway.url(), message, { authorization });
  return {
    authorization,
    "mcp-protocol-version": "2025-11-25",
    "mcp-session-id": headers.get("mcp-session-id") ?? "",
  };
}

function call(session: Record<string, string>, method: string, params: object) {
  return post(gateway.url(), { jsonrpc: "2.0", id: 7, method, params }, session);
}

/** Calls a tool and reads its answer bit by bit. */
async function begin(session: Record<string, string>, tool: string) {
  const response = await fetch(gateway.url(), {
    method: "POST",
    headers: {
      ...session,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 7,
      method: "tools/call",
      params: { name: `modern__${tool}`, arguments: {} },
    }),
  });
  const reader = response.body?.getReader();
  let text = "";
  return {
    until: async (wanted: string): Promise<string> => {
      while (!text.includes(wanted)) {
        const { done: isOver, value } = (await reader?.read()) ?? { done: true, value: undefined };
        if (isOver) throw new Error(`ended without ${wanted}: ${text}`);
        text += Buffer.from(value ?? []).toString("utf8");
      }
      return text;
    },
  };
}
