import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Call } from "../call/agent-request.ts";
import { CredentialReader } from "./credentials.ts";
import { Forwarder } from "./forwarder.ts";
import { UpstreamPool } from "./upstream-pool.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** An upstream that says something every 20 ms and never answers. */
async function startChatter(): Promise<{ url: string; open: () => number }> {
  let open = 0;
  const server = createServer((_request, response) => {
    open += 1;
    response.writeHead(200, { "content-type": "text/event-stream" });
    const timer = setInterval(() => response.write('data: {"method":"x"}\n\n'), 20);
    response.once("close", () => {
      open -= 1;
      clearInterval(timer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, open: () => open };
}

function callTo(url: string, signal: AbortSignal): Call {
  const upstream = {
    name: "chatter",
    target: { kind: "http", url },
    network: "private",
    timeoutMs: 5_000,
    maxConcurrent: 1,
    acceptsRoots: true,
    circuitBreaker: { failures: 10, openForMs: 1_000 },
  };
  const message = { jsonrpc: "2.0", id: 1, method: "tools/call" };
  const connection = new AbortController().signal;
  return { upstream, message, headers: {}, signal, connection } as unknown as Call;
}

const listener = { onStream: () => {}, onEvent: async () => {} };

describe("a call whose upstream talks without end", () => {
  it("ends when its time is over, and gives its place back", async () => {
    const { url, open } = await startChatter();
    const pool = new UpstreamPool({ credentials: new CredentialReader({}) });
    closers.push(() => pool.close());
    const forwarder = new Forwarder(pool, { maxCallMs: 200 });
    const call = callTo(url, new AbortController().signal);

    for (let count = 0; count < 2; count += 1) {
      await expect(forwarder.call(call, Buffer.from("{}"), listener)).rejects.toMatchObject({
        name: "UpstreamError",
        message: expect.stringContaining("chatter did not finish in 200 ms"),
      });
    }
    await expect.poll(open).toBe(0);
  });

  it("ends with the reason of the agent when that comes first", async () => {
    const { url } = await startChatter();
    const pool = new UpstreamPool({ credentials: new CredentialReader({}) });
    closers.push(() => pool.close());
    const agent = new AbortController();
    const pending = new Forwarder(pool).call(callTo(url, agent.signal), Buffer.from("{}"), {
      ...listener,
      onEvent: async () => agent.abort(new Error("cancelled")),
    });
    await expect(pending).rejects.toThrow("cancelled");
  });
});
