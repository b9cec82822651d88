import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import { afterEach, expect, it } from "vitest";
import { createLog } from "../../core/service/log.ts";
import { TestAuthority } from "../../test/support/tls.ts";
import { HttpServer, type HttpServerOptions } from "./http-server.ts";
import { TlsFiles } from "./tls-files.ts";

const log = createLog("test", "silent");
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

it("does not garble an answer that is on its way with a refusal of what its agent sends next", async () => {
  const { port, broken } = await start({
    handle: async (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: 1\n\n");
    },
  });

  const came = await sendRaw(port, "GET / HTTP/1.1\r\nhost: x\r\n\r\n", "\u0016garbage\r\n\r\n");

  expect(came).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(came).toContain("data: 1");
  expect(came).not.toContain("400");
  expect(broken).toEqual(["127.0.0.1 it is no HTTP request"]);
});

it("tells of a connection that agrees on no TLS", async () => {
  const authority = new TestAuthority();
  closers.push(() => authority.remove());
  const files = authority.issue("gateway", "IP:127.0.0.1");
  const tls = new TlsFiles({ ...files, clientCa: authority.certificate }, log);
  closers.push(() => tls.close());
  const { port, broken } = await start({ tls });

  await sendRaw(port, "GET / HTTP/1.1\r\nhost: x\r\n\r\n");

  expect(broken).toEqual(["127.0.0.1 TLS was not agreed on"]);
});

it("tells of connections that are too many", async () => {
  const { port, broken } = await start({ maxConnections: 1 });
  const first = connect(port, "127.0.0.1");
  closers.push(() => first.destroy());
  await new Promise((resolve) => first.once("connect", resolve));

  await sendRaw(port, "GET / HTTP/1.1\r\nhost: x\r\n\r\n");

  expect(broken).toEqual(["127.0.0.1 there are too many connections"]);
});

async function start(options: Partial<HttpServerOptions>) {
  const broken: string[] = [];
  const server = new HttpServer({
    host: "127.0.0.1",
    port: 0,
    reusePort: false,
    maxConnections: 10,
    handle: async (_: IncomingMessage, response: ServerResponse) => void response.end(),
    isReady: () => true,
    onBroken: ({ clientAddress, reason }) => broken.push(`${clientAddress} ${reason}`),
    log,
    ...options,
  });
  const port = await server.listen();
  closers.push(() => server.close(0));
  return { port, broken };
}

/** Sends text, and more when an answer begins. Gives all that came until the other side ended. */
function sendRaw(port: number, text: string, after?: string): Promise<string> {
  return new Promise((resolve) => {
    let came = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.on("data", (chunk) => {
      if (came === "" && after !== undefined) socket.write(after);
      came += chunk;
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(came));
  });
}
