import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestOf,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

export interface RequestBalancer {
  readonly origin: string;
  /** Requests sent to each backend. */
  readonly requestsTo: readonly number[];
  stop(): Promise<void>;
}

/**
 * A balancer that sends each HTTP request to the next backend, so that the requests of one session never
 * stay with one proxy: clients keep connections, and balancing those would give a client one backend.
 */
export async function startRequestBalancer(ports: readonly number[]): Promise<RequestBalancer> {
  const requestsTo = ports.map(() => 0);
  const agent = new Agent({ keepAlive: true });
  let next = 0;
  const server = createServer((request, response) => {
    const index = next % ports.length;
    next += 1;
    requestsTo[index] = (requestsTo[index] ?? 0) + 1;
    passOn(request, response, { port: ports[index] ?? 0, agent });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requestsTo,
    stop: () => {
      agent.destroy();
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function passOn(
  request: IncomingMessage,
  response: ServerResponse,
  { port, agent }: { port: number; agent: Agent },
): void {
  const { method, url, headers } = request;
  const onward = requestOf({
    host: "127.0.0.1",
    agent,
    port,
    method,
    path: url,
    headers: endToEnd(headers),
  });
  onward.on("response", (answer) => {
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
    response.flushHeaders();
    answer.pipe(response);
    answer.on("error", () => response.destroy());
  });
  onward.on("error", () => response.destroy());
  // Whoever goes away is gone for the other side too: in the modern era that cancels a request.
  response.on("close", () => onward.destroy());
  request.pipe(onward);
}

/** Without what belongs to one connection (RFC 9110 §7.6.1). */
function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { connection, "keep-alive": _, "transfer-encoding": __, ...others } = headers;
  return others;
}
