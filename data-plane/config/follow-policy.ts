import type { Logger } from "../../core/service/log.ts";
import { release } from "../../core/service/release.ts";
import {
  type AgentChanges,
  type AgentTable,
  AgentTableSchema,
  type FreezeTable,
  FreezeTableSchema,
  type PinTable,
  PinTableSchema,
  type ProxyKind,
  type ServerPins,
  SnapshotSchema,
} from "../../proto/gen/mcpgateway/v1/config_pb.ts";
import { followConfig } from "./config-client.ts";
import type { ConfigHolder } from "./runtime-config.ts";
import { SavedAgents } from "./saved-agents.ts";
import { SavedConfig } from "./saved-config.ts";
import { SavedPins } from "./saved-pins.ts";

interface FollowedAgents {
  /** Says whether the table was new. */
  replace(table: AgentTable): boolean;
  /** "apart": they are of another table than the one in use. */
  change(changes: AgentChanges): "changed" | "known" | "apart";
}

interface FollowedPins {
  replace(pins: ServerPins): void;
  /** All that is in use, to be kept. */
  toMessage(): PinTable;
}

export interface FollowPolicyOptions {
  readonly settings: {
    readonly proxyId: string;
    readonly controlPlaneAddress: string;
    readonly joinToken: string;
    /** Keeps what was received last. Empty: it is not kept. */
    readonly snapshotDirectory: string;
  };
  readonly kind: ProxyKind;
  /** Signs the checkpoints of its audit records, now or soon (raw Ed25519, base64url). Absent: it writes none. */
  readonly auditKey?: () => string;
  /** Where agents, or for a bridge proxies, reach it. For people to read. */
  readonly address: string;
  readonly config: ConfigHolder;
  /** Takes agents into use. Absent: they are nobody's affair here. */
  readonly agents?: FollowedAgents;
  /** Holds tools to their definitions. Absent: somebody else does. */
  readonly pins?: FollowedPins;
  readonly applyFleet?: (proxies: number) => void;
  readonly log: Logger;
}

/** Starts from what was saved, then follows the control plane until the returned function is called. */
export function followPolicy(options: FollowPolicyOptions): () => void {
  const { settings, kind, address, config, log } = options;
  const { proxyId, controlPlaneAddress, joinToken, snapshotDirectory } = settings;
  const isSaved = snapshotDirectory !== "";
  const { agents } = options;
  const savedPolicy = new SavedConfig(SnapshotSchema, snapshotDirectory, "policy");
  const agentsFile = new SavedConfig(AgentTableSchema, snapshotDirectory, "agents");
  const savedPins = options.pins && isSaved ? openPins(options.pins, options) : undefined;
  const savedAgents = isSaved ? new SavedAgents(agentsFile, notSaved(log)) : undefined;
  if (isSaved) {
    const snapshot = savedPolicy.load();
    const table = agents && savedAgents?.load();
    if (table) agents.replace(table);
    const problems = snapshot ? config.apply(snapshot) : [];
    if (problems.length > 0) log.error({ problems }, "the saved policy cannot be served");
  }
  const applyFreezes = freezesIn(options);
  const stop = followConfig({
    address: controlPlaneAddress,
    joinToken,
    log,
    hello: () => ({
      proxyId,
      kind,
      address,
      release,
      auditKey: options.auditKey?.() ?? "",
      servingVersion: BigInt(config.current?.version ?? 0),
      takesAgentChanges: true,
    }),
    ...(options.applyFleet && { applyFleet: options.applyFleet }),
    applySnapshot: (snapshot) => {
      const problems = config.apply(snapshot);
      if (problems.length === 0 && isSaved) keep(log, () => savedPolicy.save(snapshot));
      return problems;
    },
    applyFreezes,
    applyPins: (pins) => {
      options.pins?.replace(pins);
      savedPins?.saveSoon();
    },
    applyAgents: (table) => {
      if (agents?.replace(table)) savedAgents?.replace(table);
    },
    applyAgentChanges: (changes) => {
      const result = agents?.change(changes);
      if (result === "changed") savedAgents?.change(changes);
      return result !== "apart";
    },
  });
  return () => {
    stop();
    savedAgents?.close();
    savedPins?.close();
  };
}

/** Starts from the pins that were saved. */
function openPins(pins: FollowedPins, { settings, log }: FollowPolicyOptions): SavedPins {
  const file = new SavedConfig(PinTableSchema, settings.snapshotDirectory, "pins");
  for (const server of file.load()?.servers ?? []) pins.replace(server);
  return new SavedPins({ file, pins, onError: notSaved(log) });
}

/** Starts from the freezes that were saved. Returns how to take in others. */
function freezesIn({ settings, config, log }: FollowPolicyOptions): (table: FreezeTable) => void {
  const { snapshotDirectory } = settings;
  const isSaved = snapshotDirectory !== "";
  const file = new SavedConfig(FreezeTableSchema, snapshotDirectory, "freezes");
  if (isSaved) config.freezes.replace(file.load()?.freezes ?? []);
  return (table) => {
    config.freezes.replace(table.freezes);
    if (isSaved) keep(log, () => file.save(table));
  };
}

/** A full disk does not keep a good policy from being served. */
function keep(log: Logger, save: () => void): void {
  try {
    save();
  } catch (error) {
    notSaved(log)(error);
  }
}

function notSaved(log: Logger): (error: unknown) => void {
  return (error) =>
    log.error({ err: error }, "what was received could not be saved for the next start");
}
