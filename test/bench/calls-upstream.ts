import { type AddressInfo, createServer, type Socket } from "node:net";

/**
 * A process that answers each tools/call with 1.2 KB, and tools/list with the one tool there is. On sockets, without
 * a parser of HTTP, and so only for requests that come whole and one at a time: what it costs is not to be measured.
 */
const text = "the quick brown fox jumps over the lazy dog; ".repeat(26).slice(0, 1_120);
const result = JSON.stringify({ content: [{ type: "text", text }] });
const inputSchema = {
  type: "object",
  properties: { note: { type: "string" }, count: { type: "integer" } },
  required: ["note"],
};
const list = JSON.stringify({ tools: [{ name: "bench", inputSchema }] });

const server = createServer({ noDelay: true }, (socket) => {
  let pending = "";
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    pending = answerWhole(pending + chunk.toString("latin1"), socket);
  });
});

/** Returns what belongs to a request that has not come whole. */
function answerWhole(bytes: string, socket: Socket): string {
  const bodyAt = bytes.indexOf("\r\n\r\n") + 4;
  if (bodyAt < 4) return bytes;
  const length = Number(/content-length: (\d+)/i.exec(bytes.slice(0, bodyAt))?.[1] ?? 0);
  if (bytes.length < bodyAt + length) return bytes;
  const body = bytes.slice(bodyAt, bodyAt + length);
  const id = /"id":("[^"]*"|\d+)/.exec(body)?.[1] ?? "null";
  const answered = body.includes('"tools/list"') ? list : result;
  const json = `{"jsonrpc":"2.0","id":${id},"result":${answered}}`;
  socket.write(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${json.length}\r\n\r\n${json}`,
  );
  return bytes.slice(bodyAt + length);
}
// Without the benchmark there is nobody to answer.
process.once("disconnect", () => process.exit());
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
