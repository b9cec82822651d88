import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Handlers } from "../../core/grpc/service.ts";
import { ProxyKind } from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import type { FleetService } from "../../proto/gen/mcpgateway/v1/fleet_service_pb.ts";
import type { PolicyStore } from "../policy/policy-store.ts";
import type { FleetRow, FleetStore } from "./fleet-store.ts";

/** Shows which proxy serves which version. */
export function createFleetService(options: {
  readonly fleet: FleetStore;
  readonly policies: PolicyStore;
}): Handlers<typeof FleetService> {
  return {
    async listProxies() {
      const [rows, latest] = await Promise.all([options.fleet.list(), options.policies.latest()]);
      return { proxies: rows.map(toMessage), latestVersion: BigInt(latest) };
    },
  };
}

function toMessage(row: FleetRow) {
  return {
    id: row.id,
    kind: row.kind === "bridge" ? ProxyKind.BRIDGE : ProxyKind.PROXY,
    address: row.address,
    release: row.release,
    servingVersion: BigInt(row.servingVersion),
    refusedVersion: BigInt(row.refusedVersion),
    problems: [...row.problems],
    connectedAt: timestampFromMs(row.connectedAtMs),
    lastSeenAt: timestampFromMs(row.lastSeenAtMs),
  };
}
