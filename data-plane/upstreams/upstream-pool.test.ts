import type { LookupAddress } from "node:dns";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Lookup } from "../../core/net/guarded-connector.ts";
import type { CompiledUpstream } from "../../core/policy/compiled-policy.ts";
import { RightIsOver } from "../call/sending-right.ts";
import { CredentialReader } from "./credentials.ts";
import { UpstreamError } from "./upstream-error.ts";
import { release, UpstreamPool } from "./upstream-pool.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const address = (text: string): LookupAddress => ({
  address: text,
  family: text.includes(":") ? 6 : 4,
});

/** A resolver of the test's own: each question gets the next answer, the last for ever. */
function resolveTo(...answers: readonly string[][]) {
  const asked: string[] = [];
  const lookup: Lookup = (hostname, _options, callback) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(hostname);
    process.nextTick(() => callback(null, answer.map(address)));
  };
  return { asked, lookup };
}

async function serve(listener: RequestListener): Promise<{ port: number; hits: () => number }> {
  let hits = 0;
  const server = createServer((request, response) => {
    hits += 1;
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, hits: () => hits };
}

function poolWith(lookup?: Lookup): UpstreamPool {
  const pool = new UpstreamPool({
    credentials: new CredentialReader({}),
    bridge: { url: "http://bridge.example:1", token: "t" },
    ...(lookup && { lookup }),
  });
  closers.push(() => pool.close());
  return pool;
}

const upstreamAt = (url: string, changes: Partial<CompiledUpstream> = {}): CompiledUpstream => ({
  name: "docs",
  target: { kind: "http", url },
  network: "private",
  timeoutMs: 1_000,
  maxConcurrent: 2,
  acceptsRoots: true,
  circuitBreaker: { failures: 2, openForMs: 60_000 },
  ...changes,
});

async function get(pool: UpstreamPool, upstream: CompiledUpstream, signal?: AbortSignal) {
  const headers = {};
  const response = await pool.send(upstream, {
    method: "GET",
    headers,
    ...(signal && { signal }),
  });
  release(response);
  return response.status;
}

describe("a name", () => {
  it.each([
    ["127.0.0.1"],
    ["169.254.169.254"],
    ["93.184.215.14", "127.0.0.1"],
    ["93.184.215.14", "::ffff:127.0.0.1"],
    ["64:ff9b::7f00:1"],
  ])("that resolves to %s %s is not connected to", async (...answer) => {
    const { port, hits } = await serve((_request, response) => response.end());
    const pool = poolWith(resolveTo(answer).lookup);

    const refused = get(pool, upstreamAt(`http://rebound.example:${port}/mcp`));

    const error = await refused.catch((it: unknown) => it);
    expect(error).toBeInstanceOf(UpstreamError);
    expect(error).toMatchObject({
      message: "upstream docs is at an address that the gateway does not connect to",
      cause: { name: "AddressRefused", message: expect.stringContaining("rebound.example: ") },
    });
    expect(hits()).toBe(0);
  });

  it("is resolved once per connection: what was checked is what is connected to", async () => {
    const { port } = await serve((_request, response) => response.end());
    const { lookup, asked } = resolveTo(["127.0.0.1"], ["169.254.169.254"]);
    const upstream = upstreamAt(`http://here.example:${port}/`, { network: "loopback" });

    expect(await get(poolWith(lookup), upstream)).toBe(200);
    expect(asked).toEqual(["here.example"]);
  });

  it("is checked anew for a new connection", async () => {
    const { port } = await serve((_request, response) => {
      response.setHeader("connection", "close");
      response.end();
    });
    const { lookup } = resolveTo(["127.0.0.1"], ["169.254.169.254"]);
    const upstream = upstreamAt(`http://here.example:${port}/`, { network: "loopback" });
    const pool = poolWith(lookup);

    expect(await get(pool, upstream)).toBe(200);
    await expect(get(pool, upstream)).rejects.toThrow("does not connect to");
  });

  it("that another upstream may resolve inwards does not lend its connections", async () => {
    const { port } = await serve((_request, response) => response.end("{}"));
    const pool = poolWith(resolveTo(["127.0.0.1"]).lookup);
    const url = `http://here.example:${port}/`;

    expect(await get(pool, upstreamAt(url, { network: "loopback" }))).toBe(200);
    await expect(get(pool, upstreamAt(url))).rejects.toThrow("does not connect to");
  });

  it("called localhost means this machine", async () => {
    const { port } = await serve((_request, response) => response.end());
    expect(await get(poolWith(), upstreamAt(`http://localhost:${port}/`))).toBe(200);
  });
});

describe("an address in the URL", () => {
  it("is connected to as the operator wrote it", async () => {
    const { port } = await serve((_request, response) => response.end());
    expect(await get(poolWith(), upstreamAt(`http://127.0.0.1:${port}/`))).toBe(200);
    expect(await get(poolWith(), upstreamAt(`http://0x7f.1:${port}/`))).toBe(200);
  });

  it.each(["169.254.169.254", "[fd00:ec2::254]", "0.0.0.0", "2852039166"])(
    "is refused where nobody may go: %s",
    async (host) => {
      const refused = get(poolWith(), upstreamAt(`http://${host}/`, { network: "loopback" }));
      await expect(refused).rejects.toThrow("does not connect to");
    },
  );

  it("is refused where the policy says public", async () => {
    const { port, hits } = await serve((_request, response) => response.end());
    const upstream = upstreamAt(`http://127.0.0.1:${port}/`, { network: "public" });
    await expect(get(poolWith(), upstream)).rejects.toThrow("does not connect to");
    expect(hits()).toBe(0);
  });
});

describe("the bridge", () => {
  const command = {
    kind: "command",
    command: ["x"],
    process: "session",
    env: [],
    maxProcesses: 1,
  } as const;

  it("is told for whom a request is, whatever the agent says of that", async () => {
    const heard: unknown[] = [];
    const { port } = await serve((request, response) => {
      heard.push(request.headers["mcpgw-agent"]);
      response.end();
    });
    const pool = new UpstreamPool({
      credentials: new CredentialReader({}),
      bridge: { url: `http://127.0.0.1:${port}`, token: "t" },
    });
    closers.push(() => pool.close());
    const asked = { method: "GET", headers: { "mcpgw-agent": "mallory" } } as const;
    for (const principal of [
      { agent: "anna", groups: [] },
      { agent: "anna", groups: [], tenant: "north" },
      { agent: "ünï\ud800", groups: [] },
      { agent: "ünï\ud801", groups: [] },
    ]) {
      release(await pool.send(upstreamAt("", { target: command }), { ...asked, principal }));
    }
    expect(heard[0]).toBe("%22anna%22");
    expect(new Set([...heard, "mallory"]).size).toBe(5);
  });

  it("is a setting, not policy: it lies where the operator put it", async () => {
    const upstream = upstreamAt("", { target: command });
    await expect(get(poolWith(resolveTo(["127.0.0.1"]).lookup), upstream)).rejects.toThrow(
      "cannot be reached",
    );
  });
});

describe("places", () => {
  it("are given back when the agent goes away, and its going is no failure", async () => {
    const { port } = await serve(() => {});
    const upstream = upstreamAt(`http://127.0.0.1:${port}/`, { timeoutMs: 300 });
    const pool = poolWith();
    for (let count = 0; count < 5; count += 1) {
      const agent = new AbortController();
      const sent = get(pool, upstream, agent.signal);
      agent.abort(new Error("gone"));
      await expect(sent).rejects.toThrow("gone");
    }

    // Neither "busy" (2 places) nor "has been failing" (2 failures).
    await expect(get(pool, upstream)).rejects.toThrow("was silent for 300 ms");
  });

  it("are not taken by streams, of which every agent that listens has one", async () => {
    const { port } = await serve((_request, response) => {
      response.flushHeaders();
    });
    const upstream = upstreamAt(`http://127.0.0.1:${port}/`, { maxConcurrent: 1 });
    const pool = poolWith();
    const headers = {};
    for (let count = 0; count < 3; count += 1) {
      const stream = await pool.send(upstream, {
        method: "GET",
        headers,
        kind: "stream",
      });
      closers.push(() => release(stream));
    }

    const held = await pool.send(upstream, { method: "GET", headers });
    await expect(get(pool, upstream)).rejects.toMatchObject({ kind: "busy" });
    release(held);
    expect(await get(pool, upstream)).toBe(200);
  });
});

it("sends nothing when the check before its first byte fails, and does not blame the upstream", async () => {
  const { port, hits } = await serve((_request, response) => response.end("{}"));
  const breaks = { circuitBreaker: { failures: 1, openForMs: 60_000 } };
  const upstream = upstreamAt(`http://127.0.0.1:${port}/`, { network: "loopback", ...breaks });
  const pool = poolWith();
  const request = { method: "POST", headers: {}, body: Buffer.from("{}") } as const;
  const beforeSending = () => {
    throw new RightIsOver("abc");
  };

  await expect(pool.send(upstream, { ...request, beforeSending })).rejects.toThrow("was not sent");
  expect(hits()).toBe(0);

  const checked: number[] = [];
  const sent = await pool.send(upstream, {
    ...request,
    beforeSending: () => void checked.push(hits()),
  });
  release(sent);
  expect(checked).toEqual([0]);
  expect(hits()).toBe(1);
});
