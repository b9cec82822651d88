import { escapeControls } from "../../core/text/escape-controls.ts";
import {
  FleetService,
  type ListProxiesResponse,
  ListProxiesResponseSchema,
  type ProxyRecord,
} from "../../proto/gen/mcpgateway/v1/fleet_service_pb.ts";
import { defineCommand } from "../command.ts";
import { withConnection } from "../connection.ts";
import { kindOf, nameProxy, stateOf } from "../fleet/proxy-state.ts";
import { formatSilence, silenceIn } from "../fleet/silence.ts";
import { formatTable, listToJson, printResult } from "../output.ts";
import { formatTime } from "../times.ts";

export const fleet = defineCommand({
  command: "fleet",
  describe: "Show every proxy and bridge, and the version that it serves",
  run: async (args) => {
    const response = await withConnection(args, (connection) =>
      connection.call(FleetService.method.listProxies, {}),
    );
    await printResult(args.output, listToJson(ListProxiesResponseSchema, response), () =>
      describeFleet(response),
    );
  },
});

function describeFleet({ proxies, latestVersion }: ListProxiesResponse): string {
  const silenceOf = silenceIn(proxies);
  const describeState = (proxy: ProxyRecord) => {
    const silentMs = silenceOf(proxy);
    if (silentMs === undefined) return stateOf(proxy, latestVersion);
    return `silent for ${formatSilence(silentMs)}`;
  };
  const table = formatTable(
    ["ID", "KIND", "STATE", "VERSION", "ADDRESS", "RELEASE", "CONNECTED SINCE"],
    proxies.map((proxy) => [
      proxy.id,
      kindOf(proxy.kind),
      describeState(proxy),
      proxy.servingVersion === 0n ? "" : String(proxy.servingVersion),
      proxy.address,
      proxy.release,
      formatTime(proxy.connectedAt),
    ]),
  );
  const refusals = proxies
    .filter((proxy) => stateOf(proxy, latestVersion) === "refused")
    .map((proxy) => {
      const reasons = proxy.problems.map((problem) => `\n  ${escapeControls(problem)}`);
      return `${escapeControls(nameProxy(proxy))} refuses version ${proxy.refusedVersion}:${reasons.join("")}`;
    });
  const latest =
    latestVersion === 0n ? "no policy was pushed yet" : `latest version: ${latestVersion}`;
  return [proxies.length === 0 ? "no proxy is connected" : table, ...refusals, latest].join("\n");
}
