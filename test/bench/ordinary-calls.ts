import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readSample } from "../eval/sample.ts";
import { schemasBeside } from "../eval/schemas-beside.ts";

type Fields = Readonly<Record<string, unknown>>;

/** A call as a tool server gets it, with what the server says of its arguments. */
export interface OrdinaryCall {
  readonly tool: string;
  readonly inputSchema: unknown;
  /** As JSON: whoever looks at it has just parsed it. */
  readonly written: string;
}

/** Calls of tools for files, Git, databases, browsers, mail, chats, issues, clusters, shells, payments and calendars. */
export const ordinaryCalls: readonly OrdinaryCall[] = readFileSync(
  join(import.meta.dirname, "ordinary-calls.jsonl"),
  "utf8",
)
  .trim()
  .split("\n")
  .map((line) => {
    const call = JSON.parse(line) as OrdinaryCall & { readonly arguments: Fields };
    const { tool, inputSchema } = call;
    return { tool, inputSchema, written: JSON.stringify(call.arguments) };
  });

/** The calls of `calls-bfcl` in this folder, with the schemas of their tools. Empty where it is not there. */
export function foreignCalls(folder: string): readonly OrdinaryCall[] {
  const file = (name: string) => join(folder, "calls-bfcl", name);
  if (!existsSync(file("calls.jsonl"))) return [];
  const schemas = schemasBeside(file("calls.jsonl"), [file("tools.jsonl")]);
  const mended = new Map<unknown, unknown>();
  return readFileSync(file("calls.jsonl"), "utf8")
    .trim()
    .split("\n")
    .flatMap((line) => {
      const sample = readSample(line, "calls-bfcl", schemas);
      if (!sample?.arguments) return [];
      const { schema } = sample;
      if (!mended.has(schema)) mended.set(schema, inJsonSchema(schema));
      const written = JSON.stringify(sample.arguments);
      return [{ tool: sample.category, inputSchema: mended.get(schema), written }];
    });
}

const typesOf: ReadonlyMap<unknown, string> = new Map([
  ["dict", "object"],
  ["float", "number"],
  ["tuple", "array"],
]);

/** Types as JSON Schema names them, where a set names those of Python. */
function inJsonSchema(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(inJsonSchema);
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]) => {
      if (key !== "type" || typeof value !== "string") return [[key, inJsonSchema(value)]];
      return value === "any" ? [] : [[key, typesOf.get(value) ?? value]];
    }),
  );
}
