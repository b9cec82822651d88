import { basename, resolve } from "node:path";
import { linesOf } from "./lines-of.ts";

/** Tools of the same folder say what the arguments of its calls are. */
export function schemasBeside(
  file: string,
  files: readonly string[],
): ReadonlyMap<string, readonly unknown[]> {
  const beside = files.filter(
    (it) => basename(it) === "tools.jsonl" && resolve(it, "..") === resolve(file, ".."),
  );
  const schemas = new Map<string, unknown[]>();
  if (basename(file) === "tools.jsonl") return schemas;
  for (const line of beside.flatMap((it) => [...linesOf(it)])) {
    if (line.trim() === "") continue;
    const { tool } = JSON.parse(line);
    const known = schemas.get(tool?.name) ?? [];
    schemas.set(tool?.name, [...known, tool?.inputSchema ?? tool?.parameters]);
  }
  return schemas;
}
