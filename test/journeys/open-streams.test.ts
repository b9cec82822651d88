import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Lifecycle } from "../../core/service/lifecycle.ts";
import { AgentService } from "../../proto/gen/mcpgateway/v1/agent_service_pb.ts";
import { Action, ScanAction } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { fakeSecret, startRawUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { type PolicyInit, TestGateway } from "../support/gateway.ts";
import { modernHeaders, modernMeta } from "../support/mcp.ts";

let lifecycle = new Lifecycle();
let gateway: TestGateway;
let upstream: TestUpstream;
let openAtUpstream = 0;
/** Of each stream that the upstream has open: says something on it. */
let say: ((message: object) => void)[] = [];

beforeEach(async () => {
  openAtUpstream = 0;
  say = [];
  upstream = await startRawUpstream((request, response) => {
    openAtUpstream += 1;
    request.socket.once("close", () => {
      openAtUpstream -= 1;
    });
    response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    say.push((message) => response.write(`data: ${JSON.stringify(message)}\n\n`));
  });
  lifecycle.use("upstream", upstream, (it) => it.stop());
  gateway = lifecycle.use("gateway", await TestGateway.start(policyWith()), (it) => it.stop());
});
afterEach(async () => {
  await lifecycle.close();
  lifecycle = new Lifecycle();
});

const kinds = ["GET", "subscriptions/listen"] as const;

it.each(kinds)("tell an agent that it may see other tools than before (%s)", async (kind) => {
  const stream = await openStream(await gateway.createAgent("agent-1"), kind);
  const deny = { name: "no-echo", match: { tools: ["fixture/echo"] }, action: Action.DENY };

  await gateway.push(policyWith(deny));

  await vi.waitFor(() => expect(stream.text()).toContain("notifications/tools/list_changed"));
  const names = '"_meta":{"io.modelcontextprotocol/subscriptionId":"listen-1"}';
  expect(stream.text().includes(names)).toBe(kind === "subscriptions/listen");
  expect(stream.hasEnded()).toBe(false);
});

it.each(kinds)("tell an agent that it may see other prompts and resources (%s)", async (kind) => {
  const stream = await openStream(await gateway.createAgent("agent-1"), kind);

  await gateway.push(
    policyWith(
      { name: "no-greet", match: { prompts: ["fixture/greet"] }, action: Action.DENY },
      { name: "no-note", match: { resources: ["fixture/note:*"] }, action: Action.DENY },
    ),
  );

  await vi.waitFor(() => {
    expect(stream.text()).toContain("notifications/prompts/list_changed");
    expect(stream.text()).toContain("notifications/resources/list_changed");
  });
});

it.each(kinds)("are looked at as the policy of the moment says (%s)", async (kind) => {
  const stream = await openStream(await gateway.createAgent("agent-1"), kind);
  const results = { secrets: ScanAction.REDACT };

  await gateway.push({ ...policyWith(), scanning: { profiles: [{ name: "strict", results }] } });
  say[0]?.({
    jsonrpc: "2.0",
    method: "notifications/message",
    params: { level: "info", data: `the token is ${fakeSecret}` },
  });

  await vi.waitFor(() => expect(stream.text()).toContain("the token is"));
  expect(stream.text()).not.toContain(fakeSecret);
});

it.each(kinds)("say nothing of resources that are denied by now (%s)", async (kind) => {
  const stream = await openStream(await gateway.createAgent("agent-1"), kind);
  const updated = (uri: string) =>
    say[0]?.({ jsonrpc: "2.0", method: "notifications/resources/updated", params: { uri } });
  updated("note://one");
  await vi.waitFor(() => expect(stream.text()).toContain("note://one"));

  const deny = {
    name: "no-two",
    match: { resources: ["fixture/note://two"] },
    action: Action.DENY,
  };
  await gateway.push(policyWith(deny));
  updated("note://two");
  updated("note://three");

  await vi.waitFor(() => expect(stream.text()).toContain("note://three"));
  expect(stream.text()).not.toContain("note://two");
});

describe.each(kinds)("%s", (kind) => {
  it.each([
    {
      when: "its key is revoked",
      happens: () => gateway.operator.call(AgentService.method.revokeAgent, { id: "agent-1" }),
    },
    {
      when: "a rule denies it everything",
      happens: () =>
        gateway.push(
          policyWith({ name: "out", match: { agents: ["agent-1"] }, action: Action.DENY }),
        ),
    },
    {
      when: "its route is gone",
      happens: () => gateway.push({ ...policyWith(), routes: [] }),
    },
  ])("ends when $when, on both sides", async ({ happens }) => {
    const stream = await openStream(await gateway.createAgent("agent-1"), kind);
    expect(openAtUpstream).toBe(1);

    await happens();

    await vi.waitFor(() => expect(stream.hasEnded()).toBe(true));
    await vi.waitFor(() => expect(openAtUpstream).toBe(0));
  });

  it("is bounded for each agent", async () => {
    const key = await gateway.createAgent("agent-1");
    for (let count = 0; count < 64; count += 1) await openStream(key, kind);
    const response = await getStream(key, kind);
    expect(response.status).toBe(429);
  });
});

async function getStream(key: string, kind: (typeof kinds)[number]): Promise<Response> {
  const controller = new AbortController();
  lifecycle.use("stream", controller, (it) => it.abort());
  const headers = { authorization: `Bearer ${key}`, accept: "text/event-stream" };
  const { signal } = controller;
  if (kind === "GET") return await fetch(gateway.url(), { headers, signal });
  const wishes = ["toolsListChanged", "promptsListChanged", "resourcesListChanged"];
  const notifications = Object.fromEntries(wishes.map((wish) => [wish, true]));
  const params = { _meta: modernMeta(), notifications };
  return await fetch(gateway.url(), {
    method: "POST",
    headers: { ...headers, ...modernHeaders(kind), "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: "listen-1", method: kind, params }),
    signal,
  });
}

async function openStream(key: string, kind: (typeof kinds)[number]) {
  const response = await getStream(key, kind);
  expect(response.status).toBe(200);
  let text = "";
  let ended = false;
  const read = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk);
  };
  read()
    .catch(() => {})
    .finally(() => {
      ended = true;
    });
  return { text: () => text, hasEnded: () => ended };
}

function policyWith(...rules: NonNullable<PolicyInit["rules"]>): PolicyInit {
  return {
    upstreams: [{ name: "fixture", url: upstream.url }],
    routes: [{ path: "/mcp", upstreams: ["fixture"] }],
    rules: [
      { name: "tools", match: { tools: ["fixture/*"] }, action: Action.ALLOW },
      { name: "prompts", match: { prompts: ["fixture/*"] }, action: Action.ALLOW },
      { name: "resources", match: { resources: ["fixture/*"] }, action: Action.ALLOW },
      ...rules,
    ],
  };
}
