import type { DefinitionName } from "../../core/pins/definition-kind.ts";

/** What an upstream says of one of its tools, prompts or resources, or of itself. */
export interface ListedDefinition extends DefinitionName {
  readonly said: Readonly<Record<string, unknown>>;
}
