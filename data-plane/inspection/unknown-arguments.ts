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
  if (search.path.length === maxDepth || !isObject(schema)) return;
  if (combining.some((it) => it in schema)) return;
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) gatherBelow(at, schema["items"], item, search);
  } else if (isObject(value)) gatherNames(schema, value, search);
}

function gatherNames(schema: Fields, value: Fields, search: Search): void {
  const { properties, additionalProperties } = schema;
  if (!isObject(properties)) return;
  for (const [name, inner] of Object.entries(value)) {
    if (Object.hasOwn(properties, name)) gatherBelow(name, properties[name], inner, search);
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
