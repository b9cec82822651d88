const maxDepth = 16;
const maxNamed = 20;
const plainName = /^[\w$.-]{1,64}$/;
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

type Fields = Readonly<Record<string, unknown>>;

/**
 * Arguments that the tool's schema neither names nor forbids, as JSON Pointers (RFC 6901): a server that reads them all
 * the same has parameters that nobody accepted. Where a schema says that more is welcome (`additionalProperties`), or is
 * put together of several, nothing is unknown.
 */
export function unknownArguments(schema: unknown, value: unknown): readonly string[] {
  const found: string[] = [];
  gather({ schema, value, pointer: "", depth: 0 }, found);
  return found;
}

interface Place {
  readonly schema: unknown;
  readonly value: unknown;
  readonly pointer: string;
  readonly depth: number;
}

function gather(place: Place, found: string[]): void {
  const { schema, value, depth } = place;
  if (depth === maxDepth || !isFields(schema) || combining.some((it) => it in schema)) return;
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries())
      gather(within(place, schema["items"], item, at), found);
  } else if (isFields(schema["properties"]) && isFields(value)) {
    const isOpen = schema["additionalProperties"] !== undefined;
    gatherNames(place, { properties: schema["properties"], value, isOpen }, found);
  }
}

interface Named {
  readonly properties: Fields;
  readonly value: Fields;
  /** Whether the schema says of itself what else may come. */
  readonly isOpen: boolean;
}

function gatherNames(place: Place, { properties, value, isOpen }: Named, found: string[]): void {
  for (const [name, inner] of Object.entries(value)) {
    if (found.length === maxNamed) return;
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const below = within(place, schema, inner, plainName.test(name) ? name : "*");
    if (Object.hasOwn(properties, name)) gather(below, found);
    else if (!isOpen) found.push(below.pointer);
  }
}

function within(place: Place, schema: unknown, value: unknown, name: string | number): Place {
  return { schema, value, pointer: `${place.pointer}/${name}`, depth: place.depth + 1 };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
