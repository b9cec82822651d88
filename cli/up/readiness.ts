import type { GrpcClient } from "../../core/grpc/client.ts";
import { RpcError } from "../../core/grpc/errors.ts";
import {
  FleetService,
  type ListProxiesResponse,
  type ProxyRecord,
} from "../../proto/gen/mcpgateway/v1/fleet_service_pb.ts";
import { CliError } from "../errors.ts";
import { waitUntil } from "./wait.ts";

const deadlineMs = 60_000;
const everyMs = 100;

/** Resolves when the control plane answers us as an operator. */
export async function controlPlaneReady(client: GrpcClient, tokenFile: string): Promise<void> {
  const isReady = await waitUntil(
    async () => {
      try {
        await client.call(FleetService.method.listProxies, {}, 2_000);
        return true;
      } catch (error) {
        if (error instanceof RpcError && error.code === "unauthenticated") {
          throw notKnown(tokenFile, error);
        }
        return false;
      }
    },
    { deadlineMs, everyMs },
  );
  if (!isReady) throw late("The control plane does not answer");
}

function notKnown(tokenFile: string, cause: unknown): CliError {
  return new CliError(
    "failed",
    `The control plane does not accept the operator token in ${tokenFile}: it was revoked, or this Redis belongs to another gateway. ` +
      "Choose another folder with --data-dir, or put a token of role admin there.",
    { cause },
  );
}

/** The fleet as it was before this start: records of an earlier run stay for a while, and must not count. */
export function fleetBefore(client: GrpcClient): Promise<ListProxiesResponse> {
  return client.call(FleetService.method.listProxies, {});
}

/** Resolves when each of the processes has connected anew and serves the latest policy. */
export async function fleetReady(
  client: GrpcClient,
  names: readonly string[],
  before: ListProxiesResponse,
): Promise<void> {
  const old = new Set(before.proxies.map(connectionOf));
  let missing: readonly string[] = names;
  const allServe = async () => {
    const fleet = await client
      .call(FleetService.method.listProxies, {}, 2_000)
      .catch(() => undefined);
    if (fleet === undefined) return false;
    const current = fleet.proxies.filter((record) => !old.has(connectionOf(record)));
    missing = names
      .map((name) => whyNotReady(name, current, fleet.latestVersion))
      .filter((why) => why !== "");
    return missing.length === 0;
  };
  if (await waitUntil(allServe, { deadlineMs, everyMs })) return;
  throw late(missing.join("\n"));
}

function connectionOf({ id, connectedAt }: ProxyRecord): string {
  return `${id} ${connectedAt?.seconds}.${connectedAt?.nanos}`;
}

function whyNotReady(name: string, records: readonly ProxyRecord[], latest: bigint): string {
  const record = records.find(({ id }) => id === name);
  if (!record) return `${name} has not connected to the control plane yet`;
  if (record.servingVersion === latest) return "";
  if (record.refusedVersion === latest) {
    return `${name} refuses policy version ${latest}: ${record.problems.join("; ")}`;
  }
  return `${name} serves policy version ${record.servingVersion}, the latest is ${latest}`;
}

/** Resolves when a proxy says that it takes calls. */
export async function agentsMayCome(port: number): Promise<void> {
  const url = `http://127.0.0.1:${port}/readyz`;
  let answer = "no answer";
  const isReady = async () => {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
      answer = `${response.status} ${(await response.text()).slice(0, 500)}`;
      return response.ok;
    } catch {
      return false;
    }
  };
  if (await waitUntil(isReady, { deadlineMs, everyMs })) return;
  throw late(`${url} does not say that the proxy is ready (${answer.trim()})`);
}

function late(what: string): CliError {
  const seconds = deadlineMs / 1_000;
  return new CliError("failed", `The gateway was not ready after ${seconds} s:\n${what}`);
}
