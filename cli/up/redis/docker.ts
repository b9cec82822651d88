import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Env } from "../../../core/service/env.ts";
import { CliError } from "../../errors.ts";

const run = promisify(execFile);

const images = ["redis:7-alpine", "valkey/valkey:8-alpine"];

/** Whether the Docker program reaches a Docker that runs. */
export async function dockerAnswers(docker: string, env: Env): Promise<boolean> {
  return succeeds(docker, ["info"], { env, timeout: 10_000 });
}

/** Names an image of Redis that is on this machine, after fetching it when none is. */
export async function pullRedisImage(
  docker: string,
  env: Env,
  say: (line: string) => void,
): Promise<string> {
  for (const image of images) {
    if (await succeeds(docker, ["image", "inspect", image], { env, timeout: 10_000 })) return image;
  }
  for (const image of images) {
    say(`Fetching the Docker image ${image} (once).`);
    if (await succeeds(docker, ["pull", "--quiet", image], { env, timeout: 300_000 })) return image;
  }
  throw new CliError(
    "failed",
    `Docker runs here, but could fetch neither ${images.join(" nor ")}. Is there a network? "docker pull ${images[0]}" says more.`,
  );
}

/** Removes a container that an earlier, killed run left behind. Its volume stays. */
export async function removeContainer(docker: string, name: string, env: Env): Promise<void> {
  await succeeds(docker, ["stop", name], { env, timeout: 30_000 });
  await succeeds(docker, ["rm", "--force", name], { env, timeout: 30_000 });
}

async function succeeds(
  docker: string,
  args: readonly string[],
  options: { readonly env: Env; readonly timeout: number },
): Promise<boolean> {
  try {
    await run(docker, [...args], { ...options, env: { ...options.env } });
    return true;
  } catch {
    return false;
  }
}
