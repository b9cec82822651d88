import { RpcError } from "../../core/grpc/errors.ts";
import { ProxyKind, type StreamConfigRequest } from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import type { FleetRow } from "../fleet/fleet-store.ts";

/** What a proxy says of itself, before it is given a stream. */
export type Introduction = Pick<FleetRow, "id" | "kind" | "address" | "release" | "servingVersion">;

interface Hello extends Introduction {
  /** Whether it can be told what became of the agents, rather than all of them. */
  readonly takesChanges: boolean;
}

const idPattern = /^[a-zA-Z0-9][a-zA-Z0-9._@:/-]{0,127}$/;

/** Throws unless the stream begins as it must. */
export function parseHello(first: StreamConfigRequest | undefined): Hello {
  if (first?.event.case !== "hello") {
    throw new RpcError(
      "invalid-argument",
      `the first message of the stream must be hello, got ${first?.event.case ?? "none"}`,
    );
  }
  const { proxyId, kind, address, release, servingVersion, takesAgentChanges } = first.event.value;
  if (!idPattern.test(proxyId)) {
    throw new RpcError(
      "invalid-argument",
      `a proxy's id must begin with a letter or digit and have at most 128 characters of a-z A-Z 0-9 . _ @ : / -, got ${JSON.stringify(proxyId.slice(0, 140))}`,
    );
  }
  return {
    id: proxyId,
    kind: parseKind(kind),
    address: address.slice(0, 256),
    release: release.slice(0, 64),
    servingVersion: Number(servingVersion),
    takesChanges: takesAgentChanges,
  };
}

function parseKind(kind: ProxyKind): FleetRow["kind"] {
  if (kind === ProxyKind.PROXY) return "proxy";
  if (kind === ProxyKind.BRIDGE) return "bridge";
  throw new RpcError("invalid-argument", `hello must say proxy or bridge, got kind ${kind}`);
}
