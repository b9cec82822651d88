import type { DefinitionName } from "../../core/pins/definition-kind.ts";

/** What an upstream says of one of its tools, prompts or resources, or of itself. */
export interface ListedDefinition extends DefinitionName {
  readonly said: Readonly<Record<string, unknown>>;
  /** What is told beside it and not held to, such as a version. */
  readonly notes?: readonly string[];
}
