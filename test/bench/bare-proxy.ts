import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";
import { Agent } from "undici";

/** What any proxy on Node costs at the least: node:http in, undici out, the bytes as they are. The URL is an argument. */
const upstream = new URL(process.argv[2] ?? "");
const agent = new Agent();

const server = createServer((request, response) => {
  const { "content-type": contentType = "", accept = "" } = request.headers;
  agent
    .request({
      origin: upstream.origin,
      path: upstream.pathname,
      method: "POST",
      headers: { "content-type": contentType, accept },
      body: request,
    })
    .then(({ statusCode, headers, body }) => {
      response.writeHead(statusCode, { "content-type": headers["content-type"] as string });
      response.flushHeaders();
      pipeline(body, response, () => {});
    })
    .catch(() => response.destroy());
});
// Without the benchmark there is nobody to answer.
process.once("disconnect", () => process.exit());
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
