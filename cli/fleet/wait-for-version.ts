import { setTimeout as delay } from "node:timers/promises";
import { escapeControls } from "../../core/text/escape-controls.ts";
import { FleetService, type ProxyRecord } from "../../proto/gen/mcpgateway/v1/fleet_service_pb.ts";
import type { Connection } from "../connection.ts";
import { formatDurationMs } from "../duration.ts";
import { CliError, failed } from "../errors.ts";
import { note } from "../output.ts";
import { nameProxy, stateOf } from "./proxy-state.ts";
import { FleetWatch, formatSilence } from "./silence.ts";

const pollMs = 200;

/**
 * Waits until every connected proxy and bridge serves the version, and tells of each on stderr.
 * Fails with the names of those that refused it, or that did not serve it in time.
 */
export async function waitForVersion(
  connection: Connection,
  version: bigint,
  timeoutMs: number,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  const told = new Set<string>();
  const watch = new FleetWatch();
  for (;;) {
    const listed = await listFleet(connection, deadline);
    const fleet = listed && watch.look(listed);
    const heard = fleet?.filter((proxy) => watch.silenceOf(proxy) === undefined) ?? [];
    for (const proxy of heard) tellOnce(proxy, version, told);
    const late = fleet?.filter((proxy) => !heard.includes(proxy) || isWaiting(proxy, version));
    if (fleet && late?.length === 0) return assertServed(fleet, version);
    if (Date.now() >= deadline) {
      const lines = (late ?? []).map((proxy) => describeLate(proxy, watch.silenceOf(proxy)));
      const refusals = describeRefusals(heard, version);
      throw timedOut([...refusals, ...lines], version, timeoutMs);
    }
    await delay(Math.max(0, Math.min(pollMs, deadline - Date.now())));
  }
}

/** Undefined while the control plane does not answer: a restart of it must not end the wait. */
async function listFleet(connection: Connection, deadline: number) {
  try {
    // The last look may come late: a state that is known one second after the end is known.
    const deadlineMs = Math.max(1_000, deadline - Date.now());
    return (await connection.call(FleetService.method.listProxies, {}, deadlineMs)).proxies;
  } catch (error) {
    const isUnreachable = error instanceof CliError && error.failure === "unreachable";
    if (isUnreachable && Date.now() < deadline) return undefined;
    throw error;
  }
}

function isWaiting(proxy: ProxyRecord, version: bigint): boolean {
  const state = stateOf(proxy, version);
  return state === "behind" || state === "connecting";
}

function tellOnce(proxy: ProxyRecord, version: bigint, told: Set<string>): void {
  if (stateOf(proxy, version) !== "serving" || told.has(proxy.id)) return;
  told.add(proxy.id);
  note(`${escapeControls(nameProxy(proxy))} serves version ${proxy.servingVersion}`);
}

function assertServed(fleet: readonly ProxyRecord[], version: bigint): void {
  if (fleet.length === 0) {
    note(`no proxy is connected; version ${version} is served by those that connect`);
  }
  const refusals = describeRefusals(fleet, version);
  if (refusals.length > 0) throw failed(refusals.join("\n"));
}

function timedOut(reasons: readonly string[], version: bigint, timeoutMs: number): CliError {
  const end =
    `not everybody serves version ${version} after ${formatDurationMs(timeoutMs)}. ` +
    "It stays pushed: `mcpctl fleet` shows who follows.";
  return failed([...reasons, end].join("\n"));
}

function describeLate(proxy: ProxyRecord, silentMs: number | undefined): string {
  const name = escapeControls(nameProxy(proxy));
  const version = proxy.servingVersion === 0n ? "nothing" : `version ${proxy.servingVersion}`;
  if (silentMs === undefined) return `${name} still serves ${version}`;
  return `${name} has not answered for ${formatSilence(silentMs)}; before, it served ${version}`;
}

function describeRefusals(fleet: readonly ProxyRecord[], version: bigint): string[] {
  return fleet
    .filter((proxy) => stateOf(proxy, version) === "refused")
    .map(({ problems, refusedVersion, ...proxy }) => {
      const name = escapeControls(nameProxy(proxy as ProxyRecord));
      const reasons = problems.map((problem) => `\n  ${escapeControls(problem)}`).join("");
      return `${name} refuses version ${refusedVersion}:${reasons || " it does not say why"}`;
    });
}
