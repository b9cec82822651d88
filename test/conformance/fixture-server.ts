import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { toNodeHandler } from "@modelcontextprotocol/node";
import {
  createMcpHandler,
  hostHeaderValidationResponse,
  isLegacyRequest,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  originValidationResponse,
} from "@modelcontextprotocol/server";
import { createFixture } from "./fixture/create-fixture.ts";
import { LegacySessions } from "./fixture/legacy-sessions.ts";

export interface FixtureServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the fixture: both eras on one endpoint, sessions and resumable streams in the legacy one. */
export async function startFixtureServer(port = 0): Promise<FixtureServer> {
  const modern = createMcpHandler(
    () =>
      createFixture(() => ({
        tools: () => modern.notify.toolsChanged(),
        prompts: () => modern.notify.promptsChanged(),
      })),
    { legacy: "reject" },
  );
  const legacy = new LegacySessions(() =>
    createFixture((server) => ({
      tools: () => server.sendToolListChanged(),
      prompts: () => server.sendPromptListChanged(),
    })),
  );
  const handle = toNodeHandler({
    fetch: async (request) =>
      refuseForeign(request) ??
      ((await isLegacyRequest(request)) ? legacy.fetch(request) : modern.fetch(request)),
  });
  const server = createServer(
    (request, response) =>
      void handle(request as IncomingMessage & { method: string; url: string }, response),
  );
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    stop: async () => {
      await Promise.all([modern.close(), legacy.close()]);
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Guards against DNS rebinding, as every server on a loopback address must. */
function refuseForeign(request: Request): Response | undefined {
  return (
    hostHeaderValidationResponse(request, localhostAllowedHostnames()) ??
    originValidationResponse(request, localhostAllowedOrigins())
  );
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: "string", default: "0" } } });
  const { url } = await startFixtureServer(Number(values.port));
  process.stdout.write(`${url}\n`);
}
