import { ProxyKindSchema } from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import type { ProxyRecord } from "../../proto/gen/mcpgateway/v1/fleet_service_pb.ts";
import { wordOf } from "../enum-words.ts";

/** Where a proxy stands with respect to a version. */
export type ProxyState = "serving" | "behind" | "refused" | "connecting";

/** Compares what a proxy that is heard of serves with the version that it should serve, or a later one. */
export function stateOf(proxy: ProxyRecord, version: bigint): ProxyState {
  if (proxy.servingVersion !== 0n && proxy.servingVersion >= version) return "serving";
  if (proxy.refusedVersion !== 0n && proxy.refusedVersion >= version) return "refused";
  return proxy.servingVersion === 0n ? "connecting" : "behind";
}

/** `proxy a1` or `bridge b2`. */
export function nameProxy({ kind, id }: ProxyRecord): string {
  return `${kindOf(kind)} ${id}`;
}

export function kindOf(kind: ProxyRecord["kind"]): string {
  return wordOf(ProxyKindSchema, kind) ?? "proxy";
}
