import { PolicyService } from "../../../proto/gen/mcpgateway/v1/policy_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { withConnection } from "../../connection.ts";
import { readDocument } from "../../documents.ts";
import type { GlobalArguments } from "../../global-options.ts";
import { checkManifest, mergeProblems, warningsOf } from "../../manifest/check.ts";
import { type Manifest, parseManifest } from "../../manifest/manifest.ts";
import { fileOption, filePositional, requireFile } from "./file-argument.ts";
import { noteWarnings, printProblems } from "./problems.ts";

interface Arguments {
  readonly file?: string;
  readonly serverSide: boolean;
}

export const validate = defineCommand<Arguments>({
  command: "validate [file]",
  describe: "Print every problem of a policy document, with its line",
  positionals: filePositional,
  options: {
    ...fileOption,
    "server-side": {
      type: "boolean",
      default: false,
      describe: "Ask the control plane too, which may be of another release",
    },
  },
  examples: [["mcpctl policy validate policy.yaml", "Check a document, without a control plane"]],
  run: async (args) => {
    const file = requireFile(args.file);
    const manifest = parseManifest(await readDocument(file));
    const problems = args.serverSide
      ? await checkOnServer(manifest, args)
      : checkManifest(manifest);
    noteWarnings(file, warningsOf(manifest));
    await printProblems(file, problems, args.output);
  },
});

async function checkOnServer(manifest: Manifest, args: GlobalArguments) {
  const { problems } = await withConnection(args, (connection) =>
    connection.call(PolicyService.method.validatePolicy, { policy: manifest.policy }),
  );
  const here = checkManifest(manifest).map(({ path, message }) => ({ path, message }));
  return mergeProblems(manifest, [...here, ...problems]);
}
