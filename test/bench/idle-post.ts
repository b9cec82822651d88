/** Answers every POST with a stream that says nothing: what a request that waits costs Node itself. */
import { createServer } from "node:http";

const server = createServer({ noDelay: true }, (request, response) => {
  request.resume().once("end", () => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.(typeof address === "object" && address ? address.port : 0);
});
