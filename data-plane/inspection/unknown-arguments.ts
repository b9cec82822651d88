import { isObject } from "../mcp/json-rpc.ts";
import { plainPointer } from "./plain-pointer.ts";

const maxDepth = 16;
const maxNamed = 20;
/** What may tell of more properties than stand beside it. */
const combining: readonly string[] = [
  "$ref",
  "$dynamicRef",
  "allOf",
  "anyOf",
  "oneOf",
  "if",
  "patternProperties",
  "dependentSchemas",
];

/**
 * Arguments that the tool's schema neither names nor forbids, as JSON Pointers (RFC 6901): a server that reads them all
 * the same has parameters that nobody accepted. Where a schema says that more is welcome (`additionalProperties`), or is
 * put together of several, nothing is unknown.
 */
export function unknownArguments(schema: unknown, value: unknown): readonly string[] {
  const search: Search = { path: [], found: [] };
  gather(schema, value, search);
  return search.found;
}

type Fields = Readonly<Record<string, unknown>>;

interface Search {
  /** The way to the value that is looked at. */
  readonly path: (string | number)[];
  readonly found: string[];
}

function gather(schema: unknown, value: unknown, search: Search): void {
  if (typeof value !== "object" || value === null) return;
  if (search.path.length === maxDepth || !isObject(schema)) return;
  if (isCombined(schema)) return;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at += 1) {
      gatherBelow(at, schema["items"], value[at], search);
    }
  } else gatherNames(schema, value as Fields, search);
}

const known = new WeakMap<Fields, boolean>();

/** Schemas come from the catalogue of tools, so the same object comes again and again. */
function isCombined(schema: Fields): boolean {
  let is = known.get(schema);
  if (is === undefined) {
    is = combining.some((it) => it in schema);
    known.set(schema, is);
  }
  return is;
}

function gatherNames(schema: Fields, value: Fields, search: Search): void {
  const { properties, additionalProperties } = schema;
  if (!isObject(properties)) return;
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(properties, name)) gatherBelow(name, properties[name], value[name], search);
    else if (additionalProperties === undefined) note(name, search);
  }
}

function gatherBelow(step: string | number, schema: unknown, value: unknown, search: Search): void {
  search.path.push(step);
  gather(schema, value, search);
  search.path.pop();
}

function note(name: string, { path, found }: Search): void {
  if (found.length < maxNamed) found.push(plainPointer([...path, name]));
}
