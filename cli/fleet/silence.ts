import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { ProxyRecord } from "../../proto/gen/mcpgateway/v1/fleet_service_pb.ts";
import { formatDurationMs } from "../duration.ts";

/** A proxy is heard of every few seconds: after this long something is wrong with it. */
const tolerableMs = 12_000;
/** The control plane lists nobody who was silent for longer than 30 s. */
const longestListedMs = 32_000;

/** For how long a proxy has been silent. Undefined when it is heard of. */
export type SilenceOf = (proxy: ProxyRecord) => number | undefined;

/** Judges one look at the fleet. */
export function silenceIn(fleet: readonly ProxyRecord[]): SilenceOf {
  const nowMs = clockOf(fleet);
  return ({ lastSeenAt }) => {
    const silentMs = lastSeenAt ? nowMs - timestampMs(lastSeenAt) : 0;
    return silentMs > tolerableMs ? silentMs : undefined;
  };
}

/** `14s`. */
export function formatSilence(silentMs: number): string {
  return formatDurationMs(Math.floor(silentMs / 1_000) * 1_000);
}

/**
 * The time now by Redis's clock, which all these moments are from. It is this machine's, unless the fleet shows that
 * the two disagree; then nobody is called silent who was heard of as lately as the others.
 */
function clockOf(fleet: readonly ProxyRecord[]): number {
  const seen = fleet.flatMap(({ lastSeenAt }) => (lastSeenAt ? [timestampMs(lastSeenAt)] : []));
  const nowMs = Date.now();
  const disagree = nowMs < Math.max(...seen) || nowMs - Math.min(...seen) > longestListedMs;
  return disagree ? Math.max(...seen) : nowMs;
}

/** Judges many looks at the fleet: a proxy that is heard of meanwhile lives, whatever the clocks say. */
export class FleetWatch {
  readonly #lastSeen = new Map<
    string,
    { readonly seenMs: number; readonly changedAtMs?: number }
  >();
  readonly #silent = new Map<string, { readonly proxy: ProxyRecord; readonly sinceMs: number }>();

  /**
   * Returns the fleet with those who fell silent and are not listed any more:
   * one that left without a goodbye may still serve.
   */
  look(listed: readonly ProxyRecord[]): readonly ProxyRecord[] {
    const silenceOf = silenceIn(listed);
    for (const proxy of listed) {
      const silentMs = this.#silenceSinceChange(proxy, silenceOf);
      if (silentMs === undefined) this.#silent.delete(proxy.id);
      else this.#silent.set(proxy.id, { proxy, sinceMs: Date.now() - silentMs });
    }
    const ids = new Set(listed.map(({ id }) => id));
    const missing = [...this.#silent.values()].filter(({ proxy }) => !ids.has(proxy.id));
    return [...listed, ...missing.map(({ proxy }) => proxy)];
  }

  readonly silenceOf: SilenceOf = ({ id }) => {
    const silent = this.#silent.get(id);
    return silent && Date.now() - silent.sinceMs;
  };

  #silenceSinceChange(proxy: ProxyRecord, silenceOf: SilenceOf): number | undefined {
    const seenMs = proxy.lastSeenAt ? timestampMs(proxy.lastSeenAt) : 0;
    const before = this.#lastSeen.get(proxy.id);
    if (before?.seenMs !== seenMs) {
      this.#lastSeen.set(proxy.id, { seenMs, ...(before && { changedAtMs: Date.now() }) });
    }
    const changedAtMs = this.#lastSeen.get(proxy.id)?.changedAtMs;
    if (changedAtMs === undefined) return silenceOf(proxy);
    const silentMs = Date.now() - changedAtMs;
    return silentMs > tolerableMs ? silentMs : undefined;
  }
}
