import { wrongUsage } from "../../../errors.ts";

/** Positional argument: an exporter. */
export const exporterArgument = {
  type: "string",
  default: "siem",
  describe: "The exporter's name (MCPGW_EXPORT_NAME)",
} as const;

/** Arguments that say which dead letters. */
export const whichArguments = {
  exporter: { type: "string", describe: "The exporter's name, such as siem" },
  ids: { type: "string", array: true, describe: "As `mcpctl audit dead-letters` shows them" },
} as const;

/** Instead of ids. */
export const allOption = {
  all: { type: "boolean", default: false, describe: "Every one there is now" },
} as const;

export interface WhichArguments {
  readonly exporter: string;
  readonly ids?: readonly string[];
  readonly all: boolean;
}

/** The part of a request that says which. Saying nothing must not mean all. */
export function which({ exporter, ids = [], all }: WhichArguments) {
  if (all === ids.length > 0) {
    throw wrongUsage("say which: ids that `mcpctl audit dead-letters` shows, or --all");
  }
  return { exporter, ids: [...ids], all };
}
