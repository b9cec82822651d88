import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Access, Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";

let upstream: TestUpstream;
let gateway: TestGateway;
let one: string;
let other: string;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await TestGateway.start({
    upstreams: [{ name: "up", url: upstream.url }],
    routes: [
      { path: "/mcp", upstreams: ["up"] },
      { path: "/open", upstreams: ["up"], anonymous: Access.ALLOW },
    ],
    rules: [{ name: "all", match: {}, action: Action.ALLOW }],
  });
  one = await gateway.createAgent("one");
  other = await gateway.createAgent("other");
});
afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});

const echo = (text = "hello", meta: object = {}) => ({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "echo", arguments: { text }, _meta: meta },
});

describe("a request is refused, also where anonymous calls are served,", () => {
  it.each(["/mcp", "/open"])("with two Authorization headers (%s)", async (path) => {
    const status = await sendRaw(path, [
      ["authorization", `Bearer ${one}`],
      ["authorization", `Bearer ${other}`],
    ]);
    expect(status).toBe(400);
  });

  it.each([
    ["x-api-key", () => other],
    ["cookie", () => `session=${other}`],
    ["x-auth-token", () => other],
    ["mcp-name", () => other],
    ["mcp-session-id", () => other],
    ["mcp-param-customer", () => other],
    ["x-auth-token", () => "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.x"],
  ])("with a second credential in %s", async (name, value) => {
    for (const path of ["/mcp", "/open"]) {
      const headers = { authorization: `Bearer ${one}`, [name]: value() };
      expect((await post(gateway.url(0, path), echo(), headers)).status).toBe(400);
    }
  });

  it.each([
    "?access_token=x",
    "?API-Key=x",
    "?x=mcpgw_agent_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "?%61ccess_token=x",
    "?a=b&token=x",
  ])("with a credential in the URL: %s", async (query) => {
    for (const path of ["/mcp", "/open"]) {
      const refused = await post(new URL(gateway.url(0, path).href + query), echo());
      expect(refused.status).toBe(400);
    }
  });

  it("with a wrong key", async () => {
    const headers = { authorization: "Bearer nobody" };
    expect((await post(gateway.url(0, "/open"), echo(), headers)).status).toBe(401);
  });
});

it("never sends upstream what an agent logged in with, wherever the agent put it", async () => {
  const authorization = `Bearer ${one}`;
  const escaped = [...one]
    .map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
  const before = upstream.received.length;

  const served = await post(gateway.url(), echo("mine"), {
    authorization,
    cookie: "a=b",
    "x-api-key": one,
    "x-my-own": `key=${one}`,
  });
  const refused = await Promise.all([
    post(gateway.url(), echo(`my key is ${one}`), { authorization }),
    post(gateway.url(), echo("x", { "example.com/token": one }), { authorization }),
    post(gateway.url(), JSON.stringify(echo("PLACE")).replace("PLACE", escaped), { authorization }),
    post(
      gateway.url(),
      { jsonrpc: "2.0", method: "notifications/x", params: { one } },
      { authorization },
    ),
  ]);

  expect(served.status).toBe(200);
  expect(refused.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
  const bytes = JSON.stringify(upstream.received.slice(before));
  expect(bytes).toContain("mine");
  expect(bytes).not.toContain(one);
  expect(bytes).not.toContain(one.slice(20));
  expect(JSON.stringify(await gateway.records())).not.toContain(one);
});

/** fetch would join headers of one name. */
function sendRaw(path: string, headers: [string, string][]): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = gateway.url();
    const flat = headers.flat();
    const own = ["host", `${hostname}:${port}`, "content-type", "application/json"];
    const options = { hostname, port, path, method: "POST", headers: [...own, ...flat] };
    const sent = request(options, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.once("error", reject);
    sent.end(JSON.stringify(echo()));
  });
}
