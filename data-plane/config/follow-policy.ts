import type { Logger } from "../../core/service/log.ts";
import { release } from "../../core/service/release.ts";
import {
  type AgentTable,
  AgentTableSchema,
  type ProxyKind,
  SnapshotSchema,
} from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import { followConfig } from "./config-client.ts";
import type { ConfigHolder } from "./runtime-config.ts";
import { SavedConfig } from "./saved-config.ts";

export interface FollowPolicyOptions {
  readonly settings: {
    readonly proxyId: string;
    readonly controlPlaneAddress: string;
    readonly joinToken: string;
    /** Keeps what was received last. Empty: it is not kept. */
    readonly snapshotDirectory: string;
  };
  readonly kind: ProxyKind;
  /** Where agents, or for a bridge proxies, reach it. For people to read. */
  readonly address: string;
  readonly config: ConfigHolder;
  /** Takes a table into use, and says whether it was new. Absent: agents are nobody's affair here. */
  readonly applyAgents?: (table: AgentTable) => boolean;
  readonly applyFleet?: (proxies: number) => void;
  readonly log: Logger;
}

/** Starts from what was saved, then follows the control plane until the returned function is called. */
export function followPolicy(options: FollowPolicyOptions): () => void {
  const { settings, kind, address, config, log } = options;
  const { proxyId, controlPlaneAddress, joinToken, snapshotDirectory } = settings;
  const isSaved = snapshotDirectory !== "";
  const applyAgents = options.applyAgents ?? (() => false);
  const savedPolicy = new SavedConfig(SnapshotSchema, snapshotDirectory, "policy");
  const savedAgents = new SavedConfig(AgentTableSchema, snapshotDirectory, "agents");
  if (isSaved) {
    const snapshot = savedPolicy.load();
    const table = savedAgents.load();
    if (table) applyAgents(table);
    const problems = snapshot ? config.apply(snapshot) : [];
    if (problems.length > 0) log.error({ problems }, "the saved policy cannot be served");
  }
  return followConfig({
    address: controlPlaneAddress,
    joinToken,
    log,
    hello: () => ({
      proxyId,
      kind,
      address,
      release,
      servingVersion: BigInt(config.current?.version ?? 0),
    }),
    ...(options.applyFleet && { applyFleet: options.applyFleet }),
    applySnapshot: (snapshot) => {
      const problems = config.apply(snapshot);
      if (problems.length === 0 && isSaved) keep(log, () => savedPolicy.save(snapshot));
      return problems;
    },
    applyAgents: (table) => {
      if (applyAgents(table) && isSaved) keep(log, () => savedAgents.save(table));
    },
  });
}

/** A full disk does not keep a good policy from being served. */
function keep(log: Logger, save: () => void): void {
  try {
    save();
  } catch (error) {
    log.error({ err: error }, "what was received could not be saved for the next start");
  }
}
