import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { redisKeys } from "../../core/redis/keys.ts";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startLister } from "../support/federated-upstream.ts";
import type { TestUpstream } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";
import { type SessionUpstream, startSessionUpstream } from "../support/session-upstream.ts";

let asker: SessionUpstream;
let lister: TestUpstream;
let gateway: TestGateway;
let authorization: string;

beforeAll(async () => {
  [asker, lister] = await Promise.all([startSessionUpstream(), startLister(1)]);
  gateway = await TestGateway.start(
    {
      upstreams: [
        { name: "asker", url: asker.url },
        { name: "lister", url: lister.url },
      ],
      routes: [
        { path: "/single", upstreams: ["asker"] },
        { path: "/both", upstreams: ["lister", "asker"] },
      ],
      rules: [
        {
          name: "holds",
          match: { tools: ["asker/held"] },
          action: Action.APPROVE,
          approval: "anyone",
        },
        { name: "all", match: {}, action: Action.ALLOW },
      ],
      approvals: [{ name: "anyone" }],
    },
    { proxies: 2 },
  );
  authorization = `Bearer ${await gateway.createAgent("agent-1")}`;
});
afterAll(async () => {
  await gateway?.stop();
  await asker?.stop();
  await lister?.stop();
});
beforeEach(async () => {
  asker.reset();
  const kept = await keptSessions();
  if (kept.length > 0) await gateway.redis.del(...kept);
});

describe.each(["/single", "/both"])("a session on %s", (path) => {
  it("that was ended at one proxy does not exist at the other, even where its upstream forgets nothing", async () => {
    asker.onDelete = "keeps";
    const session = await openSession(path);
    const other = await openSession(path);
    expect(await statusAt(1, path, session)).toBe(200);

    expect((await end(0, path, session)).ok).toBe(true);

    await vi.waitFor(async () => expect(await statusAt(1, path, session)).toBe(404));
    expect(await statusAt(0, path, session)).toBe(404);
    expect((await end(1, path, session)).status).toBe(404);
    expect(await statusAt(1, path, other)).toBe(200);
  });

  it("that was ended does not exist at a proxy that starts later", async () => {
    asker.onDelete = "keeps";
    const session = await openSession(path);
    await end(0, path, session);
    const late = await gateway.spawnProxy();
    const url = new URL(`http://127.0.0.1:${late.port}${path}`);
    expect((await post(url, request("tools/list"), session)).status).toBe(404);
    await late.kill();
  });

  it("keeps its id for as long as it lives, whatever its upstream repeats", async () => {
    const session = await openSession(path);
    const listed = await post(gateway.url(1, path), request("tools/list"), session);
    const repeated = listed.headers.get("mcp-session-id");
    expect([null, session["mcp-session-id"]]).toContain(repeated);
  });

  it("cancels a call that waits for approval at the other proxy", async () => {
    const session = await openSession(path);
    const held = request("tools/call", { name: nameOn(path, "held"), arguments: {} });
    const pending = post(gateway.url(0, path), held, session);
    await gateway.pendingApproval();
    const params = { requestId: held.id };
    const cancel = { jsonrpc: "2.0", method: "notifications/cancelled", params };

    expect((await post(gateway.url(1, path), cancel, session)).status).toBe(202);
    expect((await pending).body).toMatchObject({ id: held.id, error: { code: 4990 } });
    expect(asker.calls).not.toContain("held");
  });

  it("cancels a call under way at the other proxy, and tells its upstream", async () => {
    const session = await openSession(path);
    const asking = request("tools/call", { name: nameOn(path, "ask"), arguments: {} });
    const pending = post(gateway.url(0, path), asking, session);
    await vi.waitFor(() => expect(asker.calls).toContain("ask"));
    const params = { requestId: asking.id };
    const cancel = { jsonrpc: "2.0", method: "notifications/cancelled", params };

    expect((await post(gateway.url(1, path), cancel, session)).status).toBe(202);
    expect((await pending).body).toMatchObject({ id: asking.id, error: { code: 4990 } });
    expect(asker.cancelled).toEqual([asking.id]);
  });
});

it("goes on when an upstream cannot end sessions, which says 405", async () => {
  asker.onDelete = "refuses";
  const session = await openSession("/single");
  expect((await end(0, "/single", session)).status).toBe(405);
  expect(await statusAt(1, "/single", session)).toBe(200);
});

describe("a session with an upstream that was away when the agent's own began", () => {
  it("is one at all proxies: the agent answers at another what it was asked at one", async () => {
    asker.failures = 1;
    const session = await openSession("/both");
    const asking = post(gateway.url(0, "/both"), call("ask"), session);
    await vi.waitFor(() => expect(asker.calls).toContain("ask"));

    const answer = { jsonrpc: "2.0", id: "asker:7", result: {} };
    expect((await post(gateway.url(1, "/both"), answer, session)).status).toBe(202);

    expect((await asking).body).toMatchObject({ result: { content: [{ text: "answered" }] } });
    expect((await post(gateway.url(1, "/both"), call("echo"), session)).status).toBe(200);
    expect(asker.sessions.size).toBe(1);
  });

  it("is begun once, when both proxies need it at the same time", async () => {
    asker.failures = 1;
    const session = await openSession("/both");
    const answers = await Promise.all(
      [0, 1, 0, 1].map((proxy) => post(gateway.url(proxy, "/both"), call("echo"), session)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    await vi.waitFor(() => expect(asker.sessions.size).toBe(1));
  });

  it("is found again when its upstream lost it: the other proxy joins the new one", async () => {
    const session = await openSession("/both");
    expect((await post(gateway.url(1, "/both"), call("echo"), session)).status).toBe(200);
    asker.sessions.clear();
    const asking = post(gateway.url(0, "/both"), call("ask"), session);
    await vi.waitFor(() => expect(asker.calls).toContain("ask"));

    const answer = { jsonrpc: "2.0", id: "asker:7", result: {} };
    expect((await post(gateway.url(1, "/both"), answer, session)).status).toBe(202);
    expect((await asking).body).toMatchObject({ result: { content: [{ text: "answered" }] } });
    expect(asker.sessions.size).toBe(1);
  });

  it("ends with the agent's own, at whichever proxy that is ended", async () => {
    asker.failures = 1;
    const session = await openSession("/both");
    await post(gateway.url(0, "/both"), call("echo"), session);
    expect(asker.sessions.size).toBe(1);
    expect((await end(1, "/both", session)).ok).toBe(true);
    expect(asker.sessions.size).toBe(0);
    expect(await keptSessions()).toEqual([]);
  });

  it("is sealed where it is kept", async () => {
    asker.failures = 1;
    const session = await openSession("/both");
    await post(gateway.url(0, "/both"), call("echo"), session);
    const [upstreamSession] = asker.sessions;
    const [key = ""] = await keptSessions();
    const kept = await gateway.redis.get(key);
    expect(Buffer.from(kept ?? "", "base64url").toString("latin1")).not.toContain(upstreamSession);
    expect(await gateway.redis.pttl(key)).toBeGreaterThan(0);
    await end(0, "/both", session);
  });
});

/** Redis keys of sessions with upstreams that began later than the agents' own. */
function keptSessions(): Promise<string[]> {
  return gateway.redis.keys(redisKeys.laterSession("*").replaceAll("{", "\\{"));
}

let lastId = 0;

function request(method: string, params: object = {}) {
  lastId += 1;
  return { jsonrpc: "2.0", id: lastId, method, params };
}

function nameOn(path: string, tool: string): string {
  return path === "/both" ? `asker__${tool}` : tool;
}

function call(tool: string) {
  return request("tools/call", { name: nameOn("/both", tool), arguments: {} });
}

async function openSession(path: string): Promise<Record<string, string>> {
  const clientInfo = { name: "raw", version: "1" };
  const initialize = request("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo,
  });
  const { headers } = await post(gateway.url(0, path), initialize, { authorization });
  return {
    authorization,
    "mcp-session-id": headers.get("mcp-session-id") ?? "",
    "mcp-protocol-version": "2025-11-25",
  };
}

async function statusAt(proxy: number, path: string, session: Record<string, string>) {
  return (await post(gateway.url(proxy, path), request("tools/list"), session)).status;
}

async function end(proxy: number, path: string, headers: Record<string, string>) {
  return await fetch(gateway.url(proxy, path), { method: "DELETE", headers });
}
