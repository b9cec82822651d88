import { connect, type Socket } from "node:net";

/** What a slice of load is to be. */
export interface Load {
  readonly port: number;
  readonly path: string;
  /** Empty: none. */
  readonly key: string;
  readonly inFlight: number;
  readonly calls: number;
}

/** What came of it. Microseconds. */
export interface LoadResult {
  readonly seconds: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/**
 * A process that calls a tool as often as it is told, each connection one call at a time. On sockets, and each call
 * the same bytes: a client that costs as much as the proxy would be what is measured.
 */
const idleSockets = new Map<number, Socket[]>();

process.on("message", (load: Load) => {
  run(load).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      process.stderr.write(`${error}\n`);
      process.exit(1);
    },
  );
});
// Without the benchmark there is nobody to call.
process.once("disconnect", () => process.exit());
process.send?.(0);

async function run(load: Load): Promise<LoadResult> {
  const latenciesUs: number[] = [];
  let left = load.calls;
  const beganAt = performance.now();
  await Promise.all(
    Array.from({ length: load.inFlight }, async (_, index) => {
      const socket = await take(load);
      const request = requestOf(load, index);
      while (left > 0) {
        left -= 1;
        const sentAt = performance.now();
        await exchange(socket, request, index);
        latenciesUs.push((performance.now() - sentAt) * 1_000);
      }
      idleSockets.get(load.port)?.push(socket);
    }),
  );
  const seconds = (performance.now() - beganAt) / 1_000;
  latenciesUs.sort((one, other) => one - other);
  const at = (share: number) => latenciesUs[Math.floor(latenciesUs.length * share)] ?? Number.NaN;
  return { seconds, p50Us: at(0.5), p99Us: at(0.99) };
}

async function take({ port }: Load): Promise<Socket> {
  const idle = (idleSockets.get(port) ?? []).filter(({ destroyed }) => !destroyed);
  const socket = idle.pop();
  idleSockets.set(port, idle);
  if (socket) return socket;
  return await new Promise((resolve, reject) => {
    const opened = connect({ port, host: "127.0.0.1", noDelay: true }, () => resolve(opened));
    opened.once("error", reject);
  });
}

function requestOf({ port, path, key }: Load, id: number): Buffer {
  const note = "a note about what the tool is to do, in plain words; ".repeat(16);
  const params = { name: "bench", arguments: { note, count: id } };
  const body = JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params });
  const lines = [
    `POST ${path} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    "content-type: application/json",
    "accept: application/json, text/event-stream",
    "mcp-protocol-version: 2025-06-18",
    ...(key === "" ? [] : [`authorization: Bearer ${key}`]),
    `content-length: ${body.length}`,
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

/** Sends a call and waits for the end of its answer, which has to be one. */
function exchange(socket: Socket, request: Buffer, id: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    let end = Number.POSITIVE_INFINITY;
    const settle = (error?: Error) => {
      socket.off("data", onData).off("close", onClose);
      if (error) reject(error);
      else resolve();
    };
    const onClose = () => settle(new Error("the connection was closed within a call"));
    const onData = (chunk: Buffer) => {
      text += chunk.toString("latin1");
      const bodyAt = text.indexOf("\r\n\r\n") + 4;
      if (bodyAt < 4) return;
      end = bodyAt + Number(/content-length: (\d+)/i.exec(text.slice(0, bodyAt))?.[1]);
      if (text.length < end) return;
      const isAnswer = text.startsWith("HTTP/1.1 200 ") && text.includes(`"id":${id},"result"`);
      settle(isAnswer ? undefined : new Error(`that is no answer: ${text}`));
    };
    socket.on("data", onData).on("close", onClose);
    if (socket.destroyed) onClose();
    socket.write(request);
  });
}
