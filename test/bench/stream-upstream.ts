import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A process that answers calls as a benchmark asks: `ticks` events with the time, or a result of `bytes` bytes. */
interface Ask {
  readonly id: unknown;
  readonly params: { readonly arguments: { readonly ticks?: number; readonly bytes?: number } };
}

const betweenTicksMs = 4;
const piece = Buffer.alloc(64 * 1024, "the quick brown fox jumps over the lazy dog; ");

const server = createServer(async (request, response) => {
  const { id, params } = JSON.parse(await textOf(request)) as Ask;
  const { ticks = 0, bytes = 0 } = params.arguments;
  if (ticks > 0) await sayTicks(response, ticks, id);
  else await sendLong(response, bytes, id);
});
// Without the benchmark there is nobody to answer.
process.once("disconnect", () => process.exit());
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

async function sayTicks(response: ServerResponse, ticks: number, id: unknown): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
  for (let tick = 0; tick < ticks; tick += 1) {
    await new Promise((resolve) => setTimeout(resolve, betweenTicksMs));
    const params = { level: "info", data: { sentAt: String(process.hrtime.bigint()) } };
    const message = { jsonrpc: "2.0", method: "notifications/message", params };
    response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
  }
  response.end(`event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", id, result: {} })}\n\n`);
}

/** As servers of the official TypeScript SDK do, the id comes last. */
async function sendLong(response: ServerResponse, bytes: number, id: unknown): Promise<void> {
  response.writeHead(200, { "content-type": "application/json" });
  response.write('{"result":{"content":[{"type":"text","text":"');
  for (let left = bytes; left > 0 && !response.destroyed; left -= piece.length) {
    if (response.write(piece.subarray(0, left))) continue;
    await new Promise<void>((resolve) => {
      const done = () => {
        response.off("drain", done).off("close", done);
        resolve();
      };
      response.on("drain", done).on("close", done);
    });
  }
  response.end(`"}]},"jsonrpc":"2.0","id":${JSON.stringify(id)}}`);
}
