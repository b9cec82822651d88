import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { compilePolicy } from "../../core/policy/compile.ts";
import {
  Action,
  PolicySchema,
  type ScanningSchema,
} from "../../proto/gen/mcpgateway/v1/policy_pb.ts";

export type ScanningInit = Extract<MessageInitShape<typeof ScanningSchema>, { $typeName?: never }>;

/** Compiles a policy of one upstream, where everything is allowed, with this section `scanning`. */
export function compileScanning(scanning: ScanningInit) {
  return compilePolicy(
    create(PolicySchema, {
      apiVersion: "mcpgateway/v1",
      kind: "Policy",
      metadata: { name: "test" },
      upstreams: [{ name: "files", url: "http://127.0.0.1:9000/mcp" }],
      routes: [{ path: "/mcp", upstreams: ["files"] }],
      rules: [{ name: "all", match: {}, action: Action.ALLOW }],
      approvals: [{ name: "people" }],
      scanning,
    }),
  );
}

/** "path: message" of each problem of the same policy. */
export function problemsOfScanning(scanning: ScanningInit): readonly string[] {
  const result = compileScanning(scanning);
  return result.ok ? [] : result.problems.map(({ path, message }) => `${path}: ${message}`);
}
