import { createHash } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Action, ScanAction } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { fakeSecret, startRawUpstream, type TestUpstream } from "../support/fixture-upstream.ts";
import { type PolicyInit, TestGateway } from "../support/gateway.ts";
import { post } from "../support/mcp.ts";

const mebibyte = 1024 * 1024;

let gateway: TestGateway;
let upstream: TestUpstream;
let authorization: string;
let respond: (response: ServerResponse) => void;

/** The path of a route is what its results are scanned for. */
const policy = (url: string): PolicyInit => ({
  upstreams: [{ name: "raw", url, circuitBreaker: { failures: 1_000 } }],
  routes: ["off", "log", "redact"].map((path) => ({ path: `/${path}`, upstreams: ["raw"] })),
  rules: [{ name: "all", match: {}, action: Action.ALLOW }],
  scanning: {
    profiles: [{ name: "p", arguments: { schema: ScanAction.OFF }, results: results("LOG") }],
    overrides: [
      { match: { routes: ["/off"] }, results: results("OFF") },
      { match: { routes: ["/redact"] }, results: results("REDACT") },
    ],
  },
});
const results = (action: "OFF" | "LOG" | "REDACT") => ({
  secrets: ScanAction[action],
  hiddenCharacters: ScanAction[action],
});

beforeAll(async () => {
  upstream = await startRawUpstream((_request, response) => respond(response));
  gateway = await TestGateway.start(policy(upstream.url), { proxies: 0 });
  await gateway.addProxy({ MCPGW_MAX_HELD_BYTES: String(4 * mebibyte) });
  await gateway.push(policy(upstream.url));
  authorization = `Bearer ${await gateway.createAgent("agent-1")}`;
});
afterAll(async () => {
  await gateway?.stop();
  await upstream?.stop();
});
beforeEach(() => {
  respond = (response) => response.end();
});

const call = {
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "read", arguments: {} },
};

interface Shape {
  readonly type: "application/json" | "text/event-stream";
  readonly id?: unknown;
  readonly text?: string;
  readonly isError?: boolean;
}

/** Writes a result with so many MiB of text and the id behind it, as fast as the gateway takes it. */
async function answerLong(response: ServerResponse, count: number, shape: Shape): Promise<number> {
  const { type, id = 1, text = "x", isError = false } = shape;
  const isStream = type === "text/event-stream";
  response.writeHead(200, { "content-type": type });
  response.write(`${isStream ? "data: " : ""}{"result":{"content":[{"type":"text","text":"`);
  let written = 0;
  for (let at = 0; at < count * 16 && !response.destroyed; at += 1) {
    const piece = text.repeat(Math.ceil(65_536 / text.length)).slice(0, 65_536);
    written += piece.length;
    taken = written;
    if (!response.write(piece)) await drained(response);
  }
  response.end(`"}],"isError":${isError}},"jsonrpc":"2.0","id":${id}}${isStream ? "\n\n" : ""}`);
  return written;
}
let taken = 0;

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}

const textOf = (body: unknown) =>
  (body as { result: { content: { text: string }[] } }).result.content[0]?.text ?? "";

async function ask(path: string, headers = {}): ReturnType<typeof post> {
  return await post(gateway.url(0, path), call, { authorization, ...headers });
}

describe.each(["application/json", "text/event-stream"] as const)("a long answer in %s", (type) => {
  it.each(["/off", "/log"])("passes whole where nothing asks to hold it (%s)", async (path) => {
    respond = (response) => void answerLong(response, 16, { type });
    const { status, headers, body } = await ask(path);
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe(type);
    expect(textOf(body)).toHaveLength(16 * mebibyte);
  });

  it("waits for an agent that does not read, and so does its upstream", async () => {
    respond = (response) => void answerLong(response, 256, { type });
    const reply = await openSlowly("/off");
    // What the sockets of the system take, twice, and the window between them.
    let before = -1;
    while (before !== taken) {
      before = taken;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(taken).toBeLessThan(64 * mebibyte);
    let last = "";
    for await (const chunk of reply) last = `${last}${chunk}`.slice(-100);
    expect(last.trim()).toMatch(/"id":1}$/);
  });

  it("to another call reaches nobody as an answer", async () => {
    respond = (response) => void answerLong(response, 2, { type, id: 2 });
    const refusal = await ask("/off").catch((error: Error) => error);
    if (type === "application/json") expect(refusal).toBeInstanceOf(Error);
    else {
      // The event that was begun has a name that no client of MCP listens to.
      const { text, body } = refusal as Awaited<ReturnType<typeof ask>>;
      expect(text).toMatch(/\nevent: cut-off\n\nevent: message\ndata: \{[^\n]*\}\n\n$/);
      expect(body).toMatchObject({
        id: 1,
        error: { code: 5020, message: expect.stringContaining("is not the answer to this call") },
      });
    }
  });

  it("is refused where it must be held and there is no room, and others go on", async () => {
    respond = (response) => void answerLong(response, 6, { type });
    const refused = await ask("/redact");
    expect(refused.body).toMatchObject({
      error: { code: 5020, message: expect.stringContaining("longer than what this gateway") },
    });

    respond = (response) => void answerLong(response, 2, { type, text: "a " });
    for (let count = 0; count < 5; count += 1) {
      expect(textOf((await ask("/redact")).body)).toHaveLength(2 * mebibyte);
    }
  });
});

it("a long answer is recorded with its beginning, size, digest and findings", async () => {
  const text = `${fakeSecret} and then ${"words ".repeat(100)}`;
  respond = (response) =>
    void answerLong(response, 1, { type: "application/json", text, isError: true });
  const before = (await gateway.records()).length;
  const { text: body } = await ask("/log");

  expect(body).toContain(fakeSecret);
  const [record] = (await gateway.records())
    .slice(before)
    .filter(({ event }) => event === "call.outcome");
  expect(record).toMatchObject({
    outcome: "tool-error",
    responseBytes: body.length,
    // On a busy machine the looking may end before the answer does, and say so.
    findings: expect.arrayContaining([
      expect.objectContaining({ rule: expect.stringContaining("secrets."), action: "logged" }),
    ]),
    result: {
      truncated: true,
      bytes: body.length,
      sha256: createHash("sha256").update(body).digest("hex"),
      beginning: expect.stringContaining("and then words"),
    },
  });
  expect(JSON.stringify(record)).not.toContain(fakeSecret);
});

it("long arguments and answers are recorded the same, whichever thread looks through them", async () => {
  await gateway.addProxy({ MCPGW_SCAN_WORKERS: "0" });
  await gateway.push(policy(upstream.url));
  const words = "words ".repeat(60_000);
  const said = {
    note: `${words}${fakeSecret}`,
    first: fakeSecret,
    rows: [{ words, [fakeSecret]: 1 }],
  };
  const content = [{ type: "text", text: `${fakeSecret} ${words}` }];
  respond = (response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, result: { content } }));
  };
  const recorded: unknown[] = [];
  for (const proxy of [0, 1]) {
    const before = (await gateway.records()).length;
    const asked = { ...call, params: { ...call.params, arguments: said } };
    await post(gateway.url(proxy, "/redact"), asked, { authorization });
    const records = (await gateway.records()).slice(before);
    recorded.push(
      records.map(({ event, outcome, arguments: args, result, findings }) => {
        return { event, outcome, args, result, findings };
      }),
    );
  }
  expect(recorded[0]).toMatchObject([{ event: "call.intent" }, { event: "call.outcome" }]);
  expect(recorded[0]).toEqual(recorded[1]);
  expect(JSON.stringify(recorded)).toContain("sha256");
  expect(JSON.stringify(recorded)).not.toContain(fakeSecret);
});

it("in a batch long answers go back whole", async () => {
  respond = (response) => void answerLong(response, 2, { type: "application/json" });
  const { body } = await post(gateway.url(0, "/off"), [call], { authorization });
  expect(textOf((body as unknown[])[0])).toHaveLength(2 * mebibyte);
});

async function openSlowly(path: string): Promise<IncomingMessage> {
  const headers = {
    authorization,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  const sent = httpRequest(gateway.url(0, path), { method: "POST", headers });
  sent.end(JSON.stringify(call));
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return response;
}
