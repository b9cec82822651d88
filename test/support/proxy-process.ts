import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { vi } from "vitest";

/** A part of the gateway that is a process of its own, which can die and freeze. */
export interface PartProcess {
  kill(): Promise<void>;
  signal(name: NodeJS.Signals): void;
}

export interface ProxyProcess extends PartProcess {
  readonly port: number;
}

/** Starts a proxy with these settings and no others. */
export function spawnProxyProcess(env: Record<string, string>): PartProcess {
  return spawnPart("data-plane/main.ts", env);
}

/** Starts a control plane with these settings and no others. */
export function spawnControlPlaneProcess(env: Record<string, string>): PartProcess {
  return spawnPart("control-plane/main.ts", env);
}

function spawnPart(entry: string, env: Record<string, string>): PartProcess {
  const main = resolve(import.meta.dirname, "../..", entry);
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
