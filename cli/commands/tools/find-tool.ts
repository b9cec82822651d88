import {
  type ToolPin,
  ToolService,
  type ToolVariant,
  VariantState,
} from "../../../proto/gen/mcpgateway/v1/tool_service_pb.ts";
import type { Connection } from "../../connection.ts";
import { failed, wrongUsage } from "../../errors.ts";

export const toolArgument = {
  type: "string",
  describe: "upstream/tool, as `mcpctl tools` shows it",
} as const;

/** Fewer digits would be guessed, or met by chance. */
const leastDigestLength = 12;

/** Reads the tool that the argument names, with the text of its definitions. */
export async function findTool(connection: Connection, argument: string): Promise<ToolPin> {
  const slash = argument.indexOf("/");
  if (slash <= 0 || slash === argument.length - 1) {
    throw wrongUsage(`name a tool with its upstream, such as files/read_file, not ${argument}`);
  }
  const [upstream, name] = [argument.slice(0, slash), argument.slice(slash + 1)];
  const { tool } = await connection.call(ToolService.method.getTool, { upstream, name });
  if (!tool) throw failed(`the control plane answers without a tool for ${argument}.`);
  return tool;
}

/** The definition of which this is the digest, or its beginning; without one, the only one that waits. */
export function findVariant(tool: ToolPin, digest: string | undefined): ToolVariant {
  const waiting = tool.variants.filter(({ state }) => state === VariantState.WAITING);
  if (digest === undefined) {
    const [only, ...others] = waiting;
    if (only && others.length === 0) return only;
    throw failed(
      only
        ? `${waiting.length} definitions wait: name one with --digest (${waiting.map((it) => it.digest.slice(0, leastDigestLength)).join(", ")}).`
        : "no definition of it waits.",
    );
  }
  if (!/^[0-9a-f]+$/i.test(digest) || digest.length < leastDigestLength) {
    throw wrongUsage(`--digest must be at least ${leastDigestLength} hexadecimal digits`);
  }
  const found = tool.variants.filter((it) => it.digest.startsWith(digest.toLowerCase()));
  const [variant] = found;
  if (variant && found.length === 1) return variant;
  throw failed(`it has no definition ${digest}: that is not what it is now.`);
}
