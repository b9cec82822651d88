/** A schema comes from an upstream: whoever wrote it may want to exhaust us. */
const maxBytes = 262_144;
const maxDepth = 64;
/** Compiling costs 0.1 ms each; the largest schemas of public servers have about a hundred. */
const maxKeywords = 4_000;
const maxProperties = 2_000;

/** Name of our keyword that counts the references followed: see {@link hardenSchema}. */
export const stepKeyword = "mcpgwStep";

export type HardenedSchema =
  | { readonly ok: true; readonly schema: Record<string, unknown> | boolean }
  | { readonly ok: false; readonly problem: string };

/**
 * A copy of a schema that is safe to compile, or why there is none.
 *
 * References are what makes a small schema do endless work: thirty definitions that each name the next twice
 * are two to the thirty checks. So each reference gets a keyword beside it that counts.
 */
export function hardenSchema(schema: unknown): HardenedSchema {
  const json = toJson(schema);
  if (json === undefined) return { ok: false, problem: "is not JSON" };
  if (Buffer.byteLength(json) > maxBytes) return { ok: false, problem: "is larger than 256 KiB" };
  const copy: unknown = JSON.parse(json);
  if (typeof copy === "boolean") return { ok: true, schema: copy };
  if (typeof copy !== "object" || copy === null || Array.isArray(copy)) {
    return { ok: false, problem: "is not an object" };
  }
  const problem = hardenNode(copy, 0, { keywords: 0, properties: 0 });
  if (problem) return { ok: false, problem };
  const root = copy as Record<string, unknown>;
  delete root["$id"];
  delete root["id"];
  delete root["$schema"];
  delete root["$async"];
  return { ok: true, schema: root };
}

/** Depth is bounded by hand here: JSON.stringify overflows the stack only far beyond it. */
function toJson(schema: unknown): string | undefined {
  try {
    return JSON.stringify(schema);
  } catch {
    return undefined;
  }
}

interface Counts {
  keywords: number;
  properties: number;
}

function hardenNode(node: object, depth: number, counts: Counts): string | undefined {
  counts.keywords += Object.keys(node).length;
  const problem = excessOf(depth, counts);
  if (problem) return problem;
  for (const [key, value] of Object.entries(node)) {
    if (typeof value !== "object" || value === null) continue;
    if (key === "properties") counts.properties += Object.keys(value).length;
    const inner = hardenNode(value, depth + 1, counts);
    if (inner) return inner;
  }
  if (!Array.isArray(node)) countReferences(node as Record<string, unknown>);
  return undefined;
}

function excessOf(depth: number, { keywords, properties }: Counts): string | undefined {
  if (depth > maxDepth) return `is nested deeper than ${maxDepth}`;
  if (keywords > maxKeywords) return `has more than ${maxKeywords} keywords`;
  return properties > maxProperties ? `has more than ${maxProperties} properties` : undefined;
}

/** Everywhere, even below `enum`: a reference may point there too. */
function countReferences(node: Record<string, unknown>): void {
  const refers = ["$ref", "$dynamicRef", "$recursiveRef"].some(
    (key) => typeof node[key] === "string",
  );
  if (refers) node[stepKeyword] = true;
}
