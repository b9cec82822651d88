import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Action, DefinitionAction } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { AuthorizationServer } from "../support/authorization-server.ts";
import { startRawUpstream, startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";

const audience = "https://mcp.example";
const echo = {
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "echo", arguments: { text: "hello" } },
};
const fromEnv = (name: string) => ({
  source: { case: "fromEnv" as const, value: name },
  prefix: "Bearer ",
});

let upstream: TestUpstream;
let apart: TestUpstream;
let server: AuthorizationServer;
let exchange: Exchange;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startUpstream();
  apart = await startRawUpstream((request, response) => void answerApart(request, response));
  server = await AuthorizationServer.start();
  exchange = await Exchange.start();
  const request = {
    tokenEndpoint: exchange.url,
    clientId: "gateway",
    clientSecret: fromEnv("GATEWAY_SECRET"),
    audience: "warehouse",
    scopes: ["read"],
  };
  const upstreams = [
    { name: "exchanged", credentials: { tokenExchange: request } },
    { name: "own", credentials: { clientCredentials: request } },
    {
      name: "each",
      credentials: {
        header: "Authorization",
        perAgent: [
          { agents: ["ann"], value: fromEnv("ANNS_TOKEN") },
          { groups: ["data"], value: fromEnv("DATA_TOKEN") },
        ],
      },
    },
    {
      name: "apart",
      credentials: {
        header: "Authorization",
        perAgent: [
          { agents: ["ann"], value: fromEnv("ANNS_TOKEN") },
          { groups: ["data"], value: fromEnv("DATA_TOKEN") },
        ],
      },
    },
  ];
  gateway = await TestGateway.start({}, { proxies: 0 });
  await gateway.addProxy({ GATEWAY_SECRET: "s3cret:x", ANNS_TOKEN: "anns", DATA_TOKEN: "datas" });
  await gateway.push({
    upstreams: upstreams.map((it) => ({
      ...it,
      url: it.name === "apart" ? apart.url : upstream.url,
    })),
    routes: upstreams.map(({ name }) => ({ path: `/${name}`, upstreams: [name] })),
    identity: { jwt: [{ issuer: server.issuer, audience }] },
    // One of the servers defines a tool otherwise for each agent, from the beginning.
    scanning: { profiles: [{ name: "apart", definitions: { changed: DefinitionAction.LOG } }] },
    rules: [{ name: "all", match: {}, action: Action.ALLOW }],
  });
});
afterAll(async () => {
  await gateway?.stop();
  await exchange?.stop();
  await server?.stop();
  await upstream?.stop();
  await apart?.stop();
});

describe("an upstream of exchanged tokens", () => {
  it("gets one in the agent's name, asked for once, and no byte of the agent's own", async () => {
    const token = await server.robotToken(audience);
    const before = upstream.received.length;

    const all = await Promise.all(Array.from({ length: 10 }, () => call("/exchanged", token)));

    expect(all.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(exchange.asked).toHaveLength(1);
    expect(exchange.asked[0]).toMatchObject({
      authorization: `Basic ${Buffer.from("gateway:s3cret%3Ax").toString("base64")}`,
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: token,
      audience: "warehouse",
      scope: "read",
    });
    const bytes = JSON.stringify(upstream.received.slice(before));
    expect(bytes).toContain("Bearer exchanged-1");
    for (const part of token.split(".")) expect(bytes).not.toContain(part);
  });

  it("gets another for another token of the same agent", async () => {
    const before = exchange.asked.length;
    await call("/exchanged", await server.robotToken(audience));
    await call("/exchanged", await server.robotToken(audience, "tools:read"));
    expect(exchange.asked).toHaveLength(before + 2);
  });

  it("is out of reach while the server refuses, which is said and not asked again at once", async () => {
    const token = await server.robotToken(audience, "tools:write");
    exchange.refusal = "invalid_target";
    const before = exchange.asked.length;
    const refused = await call("/exchanged", token);
    await call("/exchanged", token);
    exchange.refusal = undefined;

    expect(refused.text).toContain("gave no token for this upstream (invalid_target)");
    expect(exchange.asked).toHaveLength(before + 1);
  });

  it("is not for agents that came with a key", async () => {
    const refused = await call("/exchanged", await gateway.createAgent("keyed"));
    expect(refused.text).toContain("only for agents that log in with a token");
  });
});

it("an upstream with a token of the gateway gets the same for all agents", async () => {
  const before = upstream.received.length;
  await call("/own", await gateway.createAgent("one"));
  await call("/own", await gateway.createAgent("two"));
  const shown = upstream.received.slice(before).map(({ headers }) => headers.authorization);
  expect(new Set(shown).size).toBe(1);
  expect(exchange.asked.at(-1)).toMatchObject({ grant_type: "client_credentials" });
});

it("an upstream with credentials for each agent gets the first that is for the agent, or no call", async () => {
  const before = upstream.received.length;
  await call("/each", await gateway.createAgent("ann", ["data"]));
  await call("/each", await gateway.createAgent("bob", ["data"]));
  const seen = upstream.received.slice(before).map(({ headers }) => headers.authorization);
  expect(new Set(seen)).toEqual(new Set(["Bearer anns", "Bearer datas"]));

  const count = upstream.received.length;
  const refused = await call("/each", await gateway.createAgent("eve"));
  expect(refused.text).toContain("no credentials of this agent");
  expect(upstream.received).toHaveLength(count);
});

it("a call is judged by the tools that its own credentials see, also beside calls with others", async () => {
  const ann = await gateway.createAgent("ann", ["data"]);
  const bob = await gateway.createAgent("bob", ["data"]);

  for (let round = 0; round < 3; round += 1) {
    const all = await Promise.all([callLookup(ann, { id: "a" }), callLookup(bob, { id: 1 })]);
    expect(all.map(({ text }) => text)).toEqual([
      expect.stringContaining("shown to Bearer anns"),
      expect.stringContaining("shown to Bearer datas"),
    ]);
  }
  expect((await callLookup(ann, { id: 1 })).body).toMatchObject({ result: { isError: true } });
  expect((await callLookup(bob, { id: "a" })).body).toMatchObject({ result: { isError: true } });
});

function callLookup(credential: string, args: object) {
  const params = { name: "lookup", arguments: args };
  const message = { jsonrpc: "2.0", id: 1, method: "tools/call", params };
  return post(gateway.url(0, "/apart"), message, { authorization: `Bearer ${credential}` });
}

/** Shows Ann a tool that wants a text, and everybody else one that wants a number. Takes its time to list them. */
async function answerApart(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { id, method } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  const { authorization = "" } = request.headers;
  const type = authorization === "Bearer anns" ? "string" : "number";
  const inputSchema = { type: "object", properties: { id: { type } }, required: ["id"] };
  const result =
    method === "tools/list"
      ? { tools: [{ name: "lookup", inputSchema }] }
      : { content: [{ type: "text", text: `shown to ${authorization}` }] };
  const answer = () => response.end(JSON.stringify({ jsonrpc: "2.0", id, result }));
  response.setHeader("content-type", "application/json");
  if (method === "tools/list") setTimeout(answer, 50);
  else answer();
}

function call(path: string, credential: string) {
  return post(gateway.url(0, path), echo, { authorization: `Bearer ${credential}` });
}

/** A token endpoint (RFC 8693): the package that stands for an authorization server has no such grant. */
class Exchange {
  readonly asked: Record<string, string>[] = [];
  refusal: string | undefined;
  readonly url: string;
  readonly #server: ReturnType<typeof createServer>;

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
    server.on("request", async (request, response) => {
      let body = "";
      for await (const chunk of request.setEncoding("utf8")) body += chunk;
      const { authorization = "" } = request.headers;
      this.asked.push({ authorization, ...Object.fromEntries(new URLSearchParams(body)) });
      response.writeHead(this.refusal ? 400 : 200, { "content-type": "application/json" });
      const granted = {
        access_token: `exchanged-${this.asked.length}`,
        token_type: "Bearer",
        expires_in: 300,
      };
      response.end(JSON.stringify(this.refusal ? { error: this.refusal } : granted));
    });
  }

  static async start(): Promise<Exchange> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Exchange(server);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
