import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { GrpcClient } from "../../core/grpc/client.ts";
import { RpcError } from "../../core/grpc/errors.ts";
import type { Env } from "../../core/service/env.ts";
import type { Policy } from "../../proto/gen/mcpgateway/v1/policy_pb.ts";
import { PolicyService } from "../../proto/gen/mcpgateway/v1/policy_service_pb.ts";
import { CliError } from "../errors.ts";
import { entryPoint } from "./installation.ts";

const run = promisify(execFile);

/** The latest policy; undefined when none was pushed yet. */
export async function latestPolicy(client: GrpcClient): Promise<Policy | undefined> {
  try {
    return (await client.call(PolicyService.method.getPolicy, {})).policy;
  } catch (error) {
    if (error instanceof RpcError && error.code === "not-found") return undefined;
    throw error;
  }
}

/** Pushes a policy the way an operator does: `mcpctl policy push FILE --wait`. */
export async function pushPolicy(
  file: string,
  operator: { readonly server: string; readonly token: string; readonly env: Env },
): Promise<void> {
  const { server, token, env } = operator;
  const args = [entryPoint("cli/main"), "policy", "push", file, "--wait"];
  try {
    await run(process.execPath, args, {
      env: { ...env, MCPCTL_SERVER: server, MCPCTL_TOKEN: token },
      timeout: 60_000,
    });
  } catch (cause) {
    throw refused(file, cause);
  }
}

function refused(file: string, cause: unknown): CliError {
  const { stdout, stderr } = cause as { readonly stdout?: string; readonly stderr?: string };
  const words = [stderr, stdout].map((text) => text?.trim()).filter(Boolean);
  const message = `The policy ${file} could not be pushed:\n${words.join("\n") || String(cause)}`;
  return new CliError("failed", message, { cause });
}
