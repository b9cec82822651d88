import { toJson } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  AgentService,
  RotateAgentKeyResponseSchema,
} from "../../../proto/gen/mcpgateway/v1/agent_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { formatDurationMs } from "../../duration.ts";
import { durationOption } from "../../global-options.ts";
import { note, printResult } from "../../output.ts";

interface Arguments {
  readonly id: string;
  readonly overlap?: number;
  readonly expiresIn?: number;
}

const defaultOverlapMs = 24 * 3_600_000;

export const rotate = defineCommand<Arguments>({
  command: "rotate <id>",
  describe: "Print a new key of an agent, and end the others after an overlap",
  positionals: { id: { type: "string", describe: "The agent's id" } },
  options: {
    overlap: durationOption("How long the keys that there are go on (default 24h; 0s: not at all)"),
    "expires-in": durationOption("After this the new key is refused (default: never)"),
  },
  examples: [["KEY=$(mcpctl agent rotate analyst-1 --overlap 1h)", "Keep the key in a variable"]],
  run: async (args) => {
    const overlapMs = args.overlap ?? defaultOverlapMs;
    const nowMs = Date.now();
    const response = await withConnection(args, (connection) =>
      connection.call(AgentService.method.rotateAgentKey, {
        id: args.id,
        oldKeysUntil: timestampFromMs(nowMs + overlapMs),
        ...(args.expiresIn && { expiresAt: timestampFromMs(nowMs + args.expiresIn) }),
      }),
    );
    await printResult(
      args.output,
      toJson(RotateAgentKeyResponseSchema, response),
      () => response.key,
    );
    const until = overlapMs === 0 ? "now" : `in ${formatDurationMs(overlapMs)}`;
    note(
      `This is the new key of ${args.id}. It is not stored anywhere: keep it now. The others end ${until}.`,
    );
  },
});
