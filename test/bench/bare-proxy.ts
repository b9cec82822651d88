import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent, type Dispatcher } from "undici";

/** What any proxy on Node costs at the least: node:http in, undici's dispatch out, the bytes as they are. The URL is an argument. */
const upstream = new URL(process.argv[2] ?? "");
const agent = new Agent();

const server = createServer({ noDelay: true, keepAliveTimeout: 75_000 }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.once("end", () => forward(request, Buffer.concat(chunks), response));
});

function forward({ headers }: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const { "content-type": contentType = "", accept = "" } = headers;
  const options = {
    origin: upstream.origin,
    path: upstream.pathname,
    method: "POST" as const,
    headers: { "content-type": contentType, accept },
    body,
  };
  agent.dispatch(options, handlerFor(response));
}

function handlerFor(response: ServerResponse): Dispatcher.DispatchHandler {
  return {
    onRequestStart: () => {},
    onResponseStart: (controller, status, headers) => {
      const { "content-length": length, "content-type": type = "application/json" } = headers;
      response.on("drain", () => controller.resume());
      response.once("close", () => {
        if (!response.writableFinished) controller.abort(new Error("the client left"));
      });
      response.setHeader("content-type", type);
      if (length !== undefined) response.setHeader("content-length", length);
      response.writeHead(status).flushHeaders();
    },
    onResponseData: (controller, chunk) => {
      if (!response.write(chunk)) controller.pause();
    },
    onResponseEnd: () => response.end(),
    onResponseError: () => response.destroy(),
  };
}
// Without the benchmark there is nobody to answer.
process.once("disconnect", () => process.exit());
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
