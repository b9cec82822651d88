import { DefinitionKind as WireKind } from "../../proto/gen/mcpgateway/v1/definition_pb.ts";

/** What a server says that is pinned. Resources are named by their URI, templates by their URI template, instructions by nothing. */
export type DefinitionKind =
  | "tool"
  | "prompt"
  | "resource"
  | "template"
  | "instructions"
  | "server";

/** Names one definition of a server. */
export interface DefinitionName {
  readonly kind: DefinitionKind;
  readonly name: string;
}

const wireKinds: Readonly<Record<DefinitionKind, WireKind>> = {
  tool: WireKind.TOOL,
  prompt: WireKind.PROMPT,
  resource: WireKind.RESOURCE,
  template: WireKind.TEMPLATE,
  instructions: WireKind.INSTRUCTIONS,
  server: WireKind.SERVER,
};
const kinds = new Map(
  Object.entries(wireKinds).map(([kind, wire]) => [wire, kind as DefinitionKind]),
);

/** The name and its kind as one text: a prompt never stands for a tool of the same name. */
export function keyOf({ kind, name }: DefinitionName): string {
  return `${kind}:${name}`;
}

export function toWireKind(kind: DefinitionKind): WireKind {
  return wireKinds[kind];
}

/** A tool where nothing is said. Undefined: this release does not know the kind. */
export function toDefinitionKind(wire: WireKind): DefinitionKind | undefined {
  return wire === WireKind.UNSPECIFIED ? "tool" : kinds.get(wire);
}
