import { createServer, type Server } from "node:net";
import { afterEach, expect, it } from "vitest";
import { assertPortsFree, freePort } from "./ports.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function takePort(): Promise<number> {
  const port = await freePort();
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return port;
}
it("names every taken port and the option that moves it", async () => {
  const mcp = await takePort();
  const bridge = await takePort();
  const free = await freePort();

  const check = assertPortsFree([
    { port: mcp, option: "--port" },
    { port: free, option: "--grpc-port" },
    { port: bridge, option: "--bridge-port" },
  ]);

  await expect(check).rejects.toThrow(
    `Port ${mcp} is taken by another program: choose another with --port.\n` +
      `Port ${bridge} is taken by another program: choose another with --bridge-port.`,
  );
});

it("waits for a port that is about to become free", async () => {
  const port = await takePort();
  setTimeout(() => servers[0]?.close(), 300);

  await expect(assertPortsFree([{ port, option: "--port" }], 5_000)).resolves.toBeUndefined();
});
