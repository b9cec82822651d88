import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ExportMetrics } from "./metrics.ts";

export interface StatusServerOptions {
  readonly host: string;
  readonly port: number;
  readonly metrics: ExportMetrics;
  /** Empty when all is well. */
  readonly problem: () => string;
}

/** Answers /metrics, /livez and /readyz. */
export class StatusServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(options: StatusServerOptions): Promise<StatusServer> {
    const { host, port, metrics, problem } = options;
    const server = createServer({ requestTimeout: 5_000 }, async (request, response) => {
      const path = request.url?.split("?")[0] ?? "";
      const { status, type, text } = await answerTo(path, metrics, problem);
      response.writeHead(status, { "content-type": type }).end(text);
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, resolve);
    });
    return new StatusServer(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function answerTo(path: string, { registry }: ExportMetrics, problem: () => string) {
  const type = "text/plain";
  if (path === "/metrics") {
    return { status: 200, type: registry.contentType, text: await registry.metrics() };
  }
  if (path === "/livez") return { status: 200, type, text: "ok\n" };
  if (path !== "/readyz")
    return { status: 404, type, text: "there is /metrics, /livez, /readyz\n" };
  const trouble = problem();
  return { status: trouble === "" ? 200 : 503, type, text: `${trouble || "ok"}\n` };
}
