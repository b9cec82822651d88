import type { CompiledCommand, CompiledPolicy } from "../../../core/policy/compiled-policy.ts";
import type { Logger } from "../../../core/service/log.ts";
import { ProxyKind } from "../../../proto/gen/mcpgateway/v1/config_pb.ts";
import { followPolicy } from "../../config/follow-policy.ts";
import { ConfigHolder } from "../../config/runtime-config.ts";
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
  const config = new ConfigHolder(({ version, policy }) => {
    const commands = commandsOf(policy);
    bridge.serve(commands);
    log.info({ version, commands: [...commands.keys()] }, "serves a policy version");
  });
  const address = `http://${settings.host}:${port}`;
  return followPolicy({ settings, kind: ProxyKind.BRIDGE, address, config, log });
}

function commandsOf({ upstreams }: CompiledPolicy): Map<string, CompiledCommand> {
  return new Map(
    [...upstreams.values()].flatMap(({ name, target }) =>
      target.kind === "command" ? [[name, target] as const] : [],
    ),
  );
}
