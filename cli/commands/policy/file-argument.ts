import type { Options, PositionalOptions } from "yargs";
import { wrongUsage } from "../../errors.ts";

const describe = "Policy document in YAML; - is stdin";

/** The policy document, as a positional argument. */
export const filePositional: Readonly<Record<string, PositionalOptions>> = {
  file: { type: "string", describe },
};

/** The same with -f. Without `requiresArg`, yargs takes `-` for an option even as a positional. */
export const fileOption: Readonly<Record<string, Options>> = {
  file: { type: "string", alias: "f", requiresArg: true, describe },
};

/** The document that was named. */
export function requireFile(file: string | undefined): string {
  if (file) return file;
  throw wrongUsage("which document? Name a FILE, or - for stdin.");
}
