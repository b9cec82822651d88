import { toJson } from "@bufbuild/protobuf";
import {
  PolicyService,
  type PushPolicyResponse,
  PushPolicyResponseSchema,
} from "../../../proto/gen/mcpgateway/v1/policy_service_pb.ts";
import { defineCommand } from "../../command.ts";
import { type Connection, withConnection } from "../../connection.ts";
import { nameOf, readDocument } from "../../documents.ts";
import { failed } from "../../errors.ts";
import { waitForVersion } from "../../fleet/wait-for-version.ts";
import { countOption, durationOption, type GlobalArguments } from "../../global-options.ts";
import { checkManifest, mergeProblems, warningsOf } from "../../manifest/check.ts";
import { parseManifest } from "../../manifest/manifest.ts";
import { printResult } from "../../output.ts";
import { fileOption, filePositional, requireFile } from "./file-argument.ts";
import { noteWarnings, refuseProblems } from "./problems.ts";

interface Arguments {
  readonly file?: string;
  readonly message: string;
  readonly ifVersion?: number;
  readonly wait: boolean;
}

const defaultWaitMs = 30_000;

export const push = defineCommand<Arguments>({
  command: "push [file]",
  describe: "Make a policy document the new version",
  positionals: filePositional,
  options: {
    ...fileOption,
    message: { alias: "m", type: "string", default: "", describe: "Why, for the history" },
    "if-version": countOption("Push only when this is still the latest version; 0: none yet", {
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
    }),
    wait: {
      type: "boolean",
      default: false,
      describe: "Wait until every connected proxy and bridge serves it",
    },
    timeout: durationOption("How long to wait (default 10s; 30s with --wait)"),
  },
  examples: [["mcpctl policy push policy.yaml -m 'allow reads' --wait", "Push, and see it served"]],
  run: async (args) => {
    const file = requireFile(args.file);
    const manifest = parseManifest(await readDocument(file));
    noteWarnings(file, warningsOf(manifest));
    await refuseProblems(file, checkManifest(manifest), args.output);
    await withConnection(args, async (connection) => {
      const response = await connection.call(PolicyService.method.pushPolicy, {
        policy: manifest.policy,
        message: args.message,
        ...(args.ifVersion !== undefined && { ifVersion: BigInt(args.ifVersion) }),
      });
      await refuseProblems(file, mergeProblems(manifest, response.problems), args.output);
      const json = toJson(PushPolicyResponseSchema, response);
      await printResult(args.output, json, () => describeAccepted(file, response));
      if (args.wait) await waitFor(response, connection, args);
    });
  },
});

function describeAccepted(file: string, { accepted, unchanged }: PushPolicyResponse): string {
  const version = `version ${accepted?.version}`;
  return unchanged
    ? `${nameOf(file)} says what ${version} says: no new version was made`
    : `${nameOf(file)} is ${version} now`;
}

async function waitFor(
  { accepted }: PushPolicyResponse,
  connection: Connection,
  args: GlobalArguments,
): Promise<void> {
  if (!accepted) throw failed("the control plane does not say which version it made.");
  await waitForVersion(connection, accepted.version, args.timeout ?? defaultWaitMs);
}
