import {
  DefinitionKind,
  DefinitionKindSchema,
} from "../../../proto/gen/mcpgateway/v1/definition_pb.ts";
import {
  type ToolPin,
  ToolService,
  type ToolVariant,
  VariantState,
} from "../../../proto/gen/mcpgateway/v1/tool_service_pb.ts";
import type { Connection } from "../../connection.ts";
import { numberOf, wordOf, wordsOf } from "../../enum-words.ts";
import { failed, wrongUsage } from "../../errors.ts";

export const toolArgument = {
  type: "string",
  describe: "upstream/tool, as `mcpctl tools` shows it; the upstream alone for its instructions",
} as const;

/** For commands that take something of one kind. */
export const kindOption = {
  type: "string",
  requiresArg: true,
  default: "tool",
  choices: wordsOf(DefinitionKindSchema),
  describe: "What it is",
} as const;

/** What a command is about. */
export interface Named {
  readonly tool: string;
  readonly kind: string;
}

/** Fewer digits would be guessed, or met by chance. */
const leastDigestLength = 12;

/** Reads what the arguments name, with the text of its definitions. */
export async function findTool(
  connection: Connection,
  { tool: argument, kind: word }: Named,
): Promise<ToolPin> {
  const kind = kindOf(word);
  const slash = argument.indexOf("/");
  const isAlone = kind === DefinitionKind.INSTRUCTIONS;
  if (!isAlone && (slash <= 0 || slash === argument.length - 1)) {
    throw wrongUsage(`name a ${word} with its upstream, such as files/read_file, not ${argument}`);
  }
  const upstream = slash < 0 ? argument : argument.slice(0, slash);
  const name = isAlone ? "" : argument.slice(slash + 1);
  const { tool } = await connection.call(ToolService.method.getTool, { upstream, name, kind });
  if (!tool) throw failed(`the control plane answers without a ${word} for ${argument}.`);
  return tool;
}

/** As people name it. */
export function labelOf({ upstream, name }: Pick<ToolPin, "upstream" | "name">): string {
  return name === "" ? upstream : `${upstream}/${name}`;
}

/** yargs admits only words of the enum. */
export function kindOf(word: string | undefined): DefinitionKind {
  const number = word === undefined ? undefined : numberOf(DefinitionKindSchema, word);
  return (number ?? DefinitionKind.UNSPECIFIED) as DefinitionKind;
}

export function kindWord(kind: DefinitionKind): string {
  return wordOf(DefinitionKindSchema, kind) ?? "tool";
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
