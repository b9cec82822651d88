import type { ArgumentScanSettings } from "../../core/policy/compiled-scanning.ts";
import { prototypeKeyIn } from "./prototype-keys.ts";
import { unknownArguments } from "./unknown-arguments.ts";

interface Asked {
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Undefined: it is not known. */
  readonly inputSchema?: unknown;
  readonly settings: { readonly arguments: ArgumentScanSettings };
}

interface StructureFinding {
  readonly rule: "schema.prototype" | "schema.unknown-argument";
  readonly pointer: string;
  readonly action: "log" | "approve" | "block";
}

/** What is wrong with the shape of arguments that the schema itself does not forbid. */
export function structureFindings(asked: Asked): readonly StructureFinding[] {
  const { schema, unknownArguments: action } = asked.settings.arguments;
  const findings: StructureFinding[] = [];
  const prototype = schema === "block" ? prototypeKeyIn(asked.arguments) : undefined;
  if (prototype !== undefined) {
    findings.push({ rule: "schema.prototype", pointer: prototype, action: "block" });
  }
  if (action === "off") return findings;
  for (const pointer of unknownArguments(asked.inputSchema, asked.arguments)) {
    findings.push({ rule: "schema.unknown-argument", pointer, action });
  }
  return findings;
}
