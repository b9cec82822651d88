import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { vi } from "vitest";

/** A proxy that is a process of its own, which can die and freeze. */
export interface ProxyProcess {
  readonly port: number;
  kill(): Promise<void>;
  signal(name: NodeJS.Signals): void;
}

/** Starts one with these settings and no others. */
export function spawnProxyProcess(env: Record<string, string>): Omit<ProxyProcess, "port"> {
  const main = resolve(import.meta.dirname, "../../data-plane/main.ts");
  const child = spawn(process.execPath, [main], { env, stdio: "ignore" });
  const ended = new Promise<void>((done) => child.once("exit", () => done()));
  return {
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
    signal: (name) => void child.kill(name),
  };
}

/** Resolves when what listens at a route has a policy. */
export async function servesPolicy(url: URL): Promise<void> {
  await vi.waitFor(
    async () => {
      const response = await fetch(url, { method: "PUT" });
      await response.arrayBuffer();
      if (response.status === 503) throw new Error("it has no policy yet");
    },
    { timeout: 20_000, interval: 50 },
  );
}
