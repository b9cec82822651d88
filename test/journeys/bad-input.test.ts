import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Action } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { startRawUpstream, startUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";

let gateway: TestGateway;
let upstream: TestUpstream;
let odd: TestUpstream;
let answerOddly: Parameters<typeof startRawUpstream>[0] = (_request, response) => response.end();
let authorization: string;

beforeAll(async () => {
  upstream = await startUpstream();
  odd = await startRawUpstream((request, response) => answerOddly(request, response));
  gateway = await TestGateway.start({
    upstreams: [
      { name: "fixture", url: upstream.url },
      { name: "odd", url: odd.url, timeout: { nanos: 200_000_000 } },
      { name: "down", url: "http://127.0.0.1:1/mcp" },
      {
        name: "locked",
        url: upstream.url,
        credentials: {
          header: "Authorization",
          value: { source: { case: "fromEnv", value: "NOT_SET_ANYWHERE" } },
        },
      },
    ],
    routes: [
      { path: "/mcp", upstreams: ["fixture"] },
      { path: "/odd", upstreams: ["odd"] },
      { path: "/down", upstreams: ["down"] },
      { path: "/locked", upstreams: ["locked"] },
    ],
    rules: [{ name: "all", match: {}, action: Action.ALLOW }],
    scanning: {
      profiles: [{ name: "standard" }],
      overrides: [{ match: { tools: ["odd/*"] }, arguments: { schema: 1 } }],
    },
  });
  authorization = `Bearer ${await gateway.createAgent("agent-1")}`;
});
afterAll(async () => {
  await gateway?.stop();
  await Promise.all([upstream?.stop(), odd?.stop()]);
});

describe("a request is refused", () => {
  it.each([
    { why: "without a key", headers: {}, says: "send your agent key" },
    {
      why: "with a wrong key",
      headers: { authorization: `Bearer mcpgw_agent_${"A".repeat(43)}` },
      says: "not known",
    },
    { why: "with a password", headers: { authorization: "Basic YTpi" }, says: "not of the form" },
  ])("$why: 401", async ({ headers, says }) => {
    const before = upstream.received.length;
    const refused = await post(gateway.url(), toolCall(), headers);
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toMatch(/^Bearer\b/);
    expect(errorOf(refused).message).toContain(says);
    expect(upstream.received).toHaveLength(before);
  });

  it("on an unknown route: 404", async () => {
    const refused = await post(gateway.url(0, "/nowhere"), toolCall(), { authorization });
    expect(refused.status).toBe(404);
    expect(errorOf(refused).message).toContain("no such route");
  });

  it.each([
    { why: "malformed", body: '{"jsonrpc": "2.0", "id": 1', says: "not valid JSON" },
    { why: "nested 10,000 deep", body: deepCall(10_000), says: "nested more than 64 deep" },
    {
      why: "with a key twice",
      body: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","name":"write"}}',
      says: "the same key twice",
    },
  ])("whose JSON is $why: 400", async ({ body, says }) => {
    const refused = await post(gateway.url(), body, { authorization });
    expect(refused.status).toBe(400);
    expect(errorOf(refused).message).toContain(says);
  });

  it.each([
    { why: "in another charset", headers: { "content-type": "application/json; charset=utf-7" } },
    { why: "with an encoding", headers: { "content-encoding": "gzip" } },
    { why: "of another type", headers: { "content-type": "text/plain" } },
  ])("whose body comes $why: 415", async ({ headers }) => {
    const before = upstream.received.length;
    const refused = await post(gateway.url(), toolCall(), { authorization, ...headers });
    expect(refused.status).toBe(415);
    expect(upstream.received).toHaveLength(before);
  });

  it("whose header names another tool than its body: 400", async () => {
    const before = upstream.received.length;
    const headers = { authorization, "mcp-name": "harmless", "mcp-method": "tools/call" };
    const refused = await post(gateway.url(), toolCall(), headers);
    expect(refused).toMatchObject({ status: 400, body: { id: 1, error: { code: -32_020 } } });
    expect(upstream.received).toHaveLength(before);
  });

  it("whose body is over the limit: 413", async () => {
    const refused = await post(gateway.url(), Buffer.alloc(4 * 1024 * 1024 + 1, " "), {
      authorization,
    });
    expect(refused.status).toBe(413);
    expect(errorOf(refused).message).toContain("larger than 4194304 bytes");
  });

  it("whose body grows over the limit without having said so: 413", async () => {
    const answer = await rawRequest([
      `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${authorization}\r\n`,
      "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
      ...Array.from({ length: 70 }, () => `10000\r\n${" ".repeat(0x10000)}\r\n`),
    ]);
    expect(answer).toContain("413");
  });

  it.each([
    { why: "from a page of another site", headers: { origin: "https://evil.example" } },
    { why: "for a name that is not ours", headers: { host: "evil.example" } },
  ])("$why: 403", async ({ headers }) => {
    const answer = await rawRequest([
      "POST /mcp HTTP/1.1\r\n",
      ...Object.entries({ host: "127.0.0.1", ...headers }).map(
        (header) => `${header.join(": ")}\r\n`,
      ),
      `Authorization: ${authorization}\r\nContent-Length: 0\r\n\r\n`,
    ]);
    expect(answer).toContain("403");
  });
});

describe("an upstream that", () => {
  it.each([
    {
      does: "answers with a web page",
      answers: (response) => response.setHeader("content-type", "text/html").end("<html>"),
    },
    {
      does: "answers with broken JSON",
      answers: (response) => response.setHeader("content-type", "application/json").end('{"a'),
    },
    {
      does: "answers another question",
      answers: (response) =>
        response
          .setHeader("content-type", "application/json")
          .end('{"jsonrpc":"2.0","id":2,"result":{}}'),
    },
    {
      does: "redirects",
      answers: (response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
    },
    { does: "refuses our credentials", answers: (response) => response.writeHead(401).end() },
    { does: "fails", answers: (response) => response.writeHead(500).end("secret stack trace") },
    {
      does: "ends its stream without an answer",
      answers: (response) =>
        response.setHeader("content-type", "text/event-stream").end(": nothing\n\n"),
    },
    {
      does: "sends events that are not JSON",
      answers: (response) =>
        response.setHeader("content-type", "text/event-stream").end("data: <html>\n\n"),
    },
    { does: "breaks off", answers: (response) => response.destroy() },
  ] as { does: string; answers: (response: Parameters<typeof answerOddly>[1]) => void }[])(
    "$does is a clear error",
    async ({ answers }) => {
      answerOddly = (_request, response) => answers(response);
      const failed = await post(gateway.url(0, "/odd"), toolCall(), { authorization });
      expect(failed.status).toBe(200);
      expect(errorOf(failed)).toMatchObject({
        code: 5020,
        message: expect.stringContaining("upstream odd"),
      });
      expect(failed.text).not.toContain("stack trace");
    },
  );

  it("has a key twice is passed on as it was inspected", async () => {
    answerOddly = (_request, response) =>
      response
        .setHeader("content-type", "application/json")
        .end('{"jsonrpc":"2.0","id":1,"result":{"hidden":1},"result":{"content":[]}}');
    const answered = await post(gateway.url(0, "/odd"), toolCall(), { authorization });
    expect(answered.text).toBe('{"jsonrpc":"2.0","id":1,"result":{"content":[]}}');
  });

  it("answers other calls than the one it was asked is not listened to", async () => {
    const forged = [
      '{"jsonrpc":"2.0","id":99,"result":{"forged":1}}',
      '{"jsonrpc":"2.0","id":"1","result":{"forged":2}}',
      '{"jsonrpc":"2.0","id":99,"method":"ping","result":{"forged":3}}',
      '[{"jsonrpc":"2.0","id":1,"result":{"forged":4}}]',
    ];
    const rest = [
      '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"fine"}}',
      '{"jsonrpc":"2.0","id":1,"result":{"content":[]}}',
    ];
    answerOddly = (_request, response) =>
      response
        .setHeader("content-type", "text/event-stream")
        .end([...forged, ...rest].map((data) => `data: ${data}\n\n`).join(""));
    const { text } = await post(gateway.url(0, "/odd"), toolCall(), { authorization });
    expect(text).not.toContain("forged");
    expect([...text.matchAll(/^data: (.+)$/gm)].map(([, data]) => data)).toEqual(rest);
  });

  it("says nothing is given up after its timeout", async () => {
    answerOddly = () => {};
    const failed = await post(gateway.url(0, "/odd"), toolCall(), { authorization });
    expect(errorOf(failed)).toMatchObject({
      code: 5040,
      message: expect.stringContaining("200 ms"),
    });
  });

  it("is down is named", async () => {
    const failed = await post(gateway.url(0, "/down"), toolCall(), { authorization });
    expect(errorOf(failed).message).toContain("upstream down cannot be reached");
  });

  it("needs credentials that are not there gets nothing", async () => {
    const before = upstream.received.length;
    const failed = await post(gateway.url(0, "/locked"), toolCall(), { authorization });
    expect(errorOf(failed).message).toContain("lacks its credentials");
    expect(failed.text).not.toContain("NOT_SET_ANYWHERE");
    expect(upstream.received).toHaveLength(before);
  });
});

it("sends nothing upstream that would make another body of it, nor the agent's key", async () => {
  const key = authorization.slice("Bearer ".length);
  const headers = {
    authorization,
    "content-type": 'Application/JSON; charset="UTF-8"',
    "api-key": key,
    "x-other": `key=${key}`,
    "x-custom": "kept",
  };
  expect((await post(gateway.url(), toolCall(), headers)).status).toBe(200);
  const sent = upstream.received.at(-1)?.headers ?? {};
  expect(sent).toMatchObject({ "content-type": "application/json", "x-custom": "kept" });
  expect(JSON.stringify(sent).includes(key)).toBe(false);
});

it("records what was refused, failed and timed out", async () => {
  const records = await gateway.records();
  const ends = new Set(records.map(({ event, outcome }) => `${event} ${outcome}`));
  expect([...ends]).toEqual(
    expect.arrayContaining([
      "login.refused refused",
      "request.refused refused",
      "call.outcome upstream-failed",
      "call.outcome timed-out",
    ]),
  );
});

function toolCall() {
  return {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: "echo", arguments: { text: "x" } },
  };
}

function deepCall(depth: number): string {
  const nested = `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
  return `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":${nested}}}`;
}

function errorOf({ body }: { body: unknown }): { code: number; message: string } {
  return (body as { error: { code: number; message: string } }).error;
}

/** Sends bytes as they are; resolves to everything that came back until the other side is done. */
function rawRequest(parts: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(gateway.url().port), "127.0.0.1");
    let answer = "";
    socket.on("data", (data) => {
      answer += data;
      socket.destroy();
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", (error) => (answer ? resolve(answer) : reject(error)));
    for (const part of parts) socket.write(part);
  });
}
