import { toJson } from "@bufbuild/protobuf";
import { escapeControls } from "../../../core/text/escape-controls.ts";
import {
  type GetPolicyResponse,
  GetPolicyResponseSchema,
  PolicyService,
} from "../../../proto/gen/mcpgateway/v1/policy_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { failed } from "../../errors.ts";
import { countOption } from "../../global-options.ts";
import { formatManifest } from "../../manifest/format.ts";
import { print, printResult } from "../../output.ts";
import { formatTime } from "../../times.ts";

interface Arguments {
  readonly version?: number;
}

export const get = defineCommand<Arguments>({
  command: "get",
  describe: "Print the policy as YAML that can be pushed again",
  options: {
    version: countOption("Which version (default: the latest)", {
      min: 1,
      max: Number.MAX_SAFE_INTEGER,
    }),
  },
  examples: [["mcpctl policy get --version 3 | mcpctl policy push -", "Go back to what 3 says"]],
  run: async (args) => {
    const response = await withConnection(args, (connection) =>
      connection.call(PolicyService.method.getPolicy, { version: BigInt(args.version ?? 0) }),
    );
    if (args.output !== "json") return print(toDocument(response));
    return printResult("json", toJson(GetPolicyResponseSchema, response), () => "");
  },
});

function toDocument({ policy, version }: GetPolicyResponse): string {
  if (!policy) throw failed("the control plane answers without a policy.");
  const origin = version
    ? `# version ${version.version}, pushed by ${version.author} at ${formatTime(version.pushedAt)}`
    : "# of an unknown version";
  const why = version?.message ? `: ${version.message}` : "";
  return `${escapeControls(origin + why)}\n${formatManifest(policy)}`;
}
