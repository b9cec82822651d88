import type { CompiledPolicy } from "../../../core/policy/compiled-policy.ts";
import type { Logger } from "../../../core/service/log.ts";
import { release } from "../../../core/service/release.ts";
import { ProxyKind, SnapshotSchema } from "../../../proto/gen/mcpgateway/v1/config_pb.ts";
import { followConfig } from "../../config/config-client.ts";
import { ConfigHolder } from "../../config/runtime-config.ts";
import { SavedConfig } from "../../config/saved-config.ts";
import type { Bridge } from "./bridge.ts";
import type { BridgeSettings } from "./settings.ts";

/**
 * Has the bridge serve the commands of the policy: first of the saved one, then of each that the control plane sends.
 * Returns how to stop that.
 */
export function servePolicy(
  bridge: Bridge,
  {
    settings,
    port,
    log,
  }: { readonly settings: BridgeSettings; readonly port: number; readonly log: Logger },
): () => void {
  const { proxyId, host, snapshotDirectory } = settings;
  const isSaved = snapshotDirectory !== "";
  const saved = new SavedConfig(SnapshotSchema, snapshotDirectory, "policy");
  const config = new ConfigHolder(({ version, policy }) => {
    const commands = commandsOf(policy);
    bridge.serve(commands);
    log.info({ version, commands: [...commands.keys()] }, "serves a policy version");
  });
  const fromDisk = isSaved ? saved.load() : undefined;
  if (fromDisk) config.apply(fromDisk);
  return followConfig({
    address: settings.controlPlaneAddress,
    joinToken: settings.joinToken,
    log,
    hello: () => ({
      proxyId,
      kind: ProxyKind.BRIDGE,
      address: `http://${host}:${port}`,
      release,
      servingVersion: BigInt(config.current?.version ?? 0),
    }),
    applySnapshot: (snapshot) => {
      const problems = config.apply(snapshot);
      if (problems.length === 0 && isSaved) keep(log, () => saved.save(snapshot));
      return problems;
    },
  });
}

function commandsOf({ upstreams }: CompiledPolicy): Map<string, readonly string[]> {
  return new Map(
    [...upstreams.values()].flatMap(({ name, target }) =>
      target.kind === "command" ? [[name, target.command] as const] : [],
    ),
  );
}

/** A full disk does not keep a good policy from being served. */
function keep(log: Logger, save: () => void): void {
  try {
    save();
  } catch (error) {
    log.error({ err: error }, "the policy could not be saved for the next start");
  }
}
