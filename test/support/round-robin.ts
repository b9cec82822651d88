import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

export interface Balancer {
  readonly url: URL;
  /** Connections made to each backend. */
  readonly connectionsTo: readonly number[];
  stop(): Promise<void>;
}

/** The plainest balancer there is: each connection goes to the next backend. Knows nothing of HTTP. */
export async function startRoundRobin(ports: readonly number[]): Promise<Balancer> {
  const connectionsTo = ports.map(() => 0);
  const sockets = new Set<Socket>();
  let next = 0;
  const server = createServer((client) => {
    const index = next % ports.length;
    next += 1;
    connectionsTo[index] = (connectionsTo[index] ?? 0) + 1;
    const backend = connect(ports[index] ?? 0, "127.0.0.1");
    for (const socket of [client, backend]) {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      socket.on("error", () => {
        client.destroy();
        backend.destroy();
      });
    }
    client.pipe(backend).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}/mcp`),
    connectionsTo,
    stop: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
