import { FrozenKind } from "../../../proto/gen/mcpgateway/v1/config_pb.ts";
import { FreezeService } from "../../../proto/gen/mcpgateway/v1/freeze_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { wrongUsage } from "../../errors.ts";
import { printResult } from "../../output.ts";

interface Arguments {
  readonly kind: keyof typeof kinds;
  readonly name?: string;
  readonly reason: string;
}

const kinds = {
  agent: FrozenKind.AGENT,
  upstream: FrozenKind.UPSTREAM,
  everything: FrozenKind.EVERYTHING,
} as const;

const positionals = {
  kind: { choices: Object.keys(kinds), describe: "What" },
  name: { type: "string", describe: "Id of the agent or name of the upstream" },
} as const;
const options = {
  reason: { type: "string", requiresArg: true, demandOption: true, describe: "For the record" },
} as const;

export const freeze = defineCommand<Arguments>({
  command: "freeze <kind> [name]",
  describe:
    "Refuse at once, on every proxy, what an agent calls, what goes to an upstream, or everything",
  positionals,
  options,
  examples: [
    ["mcpctl freeze agent ann --reason 'its key leaked'", "One agent"],
    ["mcpctl freeze everything --reason 'incident 7'", "All calls of all agents"],
  ],
  run: async (args) => {
    const frozen = toFrozen(args);
    await withConnection(args, (connection) =>
      connection.call(FreezeService.method.freeze, { ...frozen, reason: args.reason }),
    );
    await printResult(args.output, {}, () => `frozen: ${wordsOf(args)}. See: mcpctl frozen`);
  },
});

export const unfreeze = defineCommand<Arguments>({
  command: "unfreeze <kind> [name]",
  describe: "Take a freeze back",
  positionals,
  options,
  run: async (args) => {
    const frozen = toFrozen(args);
    await withConnection(args, (connection) =>
      connection.call(FreezeService.method.unfreeze, { ...frozen, reason: args.reason }),
    );
    await printResult(args.output, {}, () => `not frozen any more: ${wordsOf(args)}`);
  },
});

function toFrozen({ kind, name = "" }: Arguments) {
  if (kind === "everything" && name !== "") throw wrongUsage("everything has no name");
  if (kind !== "everything" && name === "") throw wrongUsage(`name the ${kind}`);
  return { kind: kinds[kind], name };
}

function wordsOf({ kind, name }: Arguments): string {
  return name === undefined ? kind : `${kind} ${name}`;
}
