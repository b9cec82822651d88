import { createServer } from "node:net";
import { CliError } from "../errors.ts";
import { waitUntil } from "./wait.ts";

/** A port that the gateway wants, and the option that moves it elsewhere. */
export interface WantedPort {
  readonly port: number;
  readonly option: string;
}

/** Picks a loopback port that nobody uses now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Throws a {@link CliError} that names every taken port. Waits up to `patienceMs` for them to become free. */
export async function assertPortsFree(
  wanted: readonly WantedPort[],
  patienceMs = 0,
): Promise<void> {
  let taken: readonly WantedPort[] = [];
  const areFree = async () => {
    const free = await Promise.all(wanted.map(({ port }) => isFree(port)));
    taken = wanted.filter((_, index) => !free[index]);
    return taken.length === 0;
  };
  if (await waitUntil(areFree, { deadlineMs: patienceMs, everyMs: 200 })) return;
  throw new CliError(
    "failed",
    taken
      .map(
        ({ port, option }) =>
          `Port ${port} is taken by another program: choose another with ${option}.`,
      )
      .join("\n"),
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () =>
      server.close(() => resolve(true)),
    );
  });
}
