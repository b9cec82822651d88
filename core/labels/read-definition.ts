/** What a tool says of itself, as far as labels are derived of it. */
export interface ReadDefinition {
  /** Of its name, in lower case. */
  readonly words: readonly string[];
  /** Of its upstream's name: the operator chose it. */
  readonly upstreamWords: readonly string[];
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly hints: {
    readonly openWorld: boolean;
    readonly destructive: boolean;
    readonly writes: boolean;
  };
}

interface Parameter {
  /** Without separators, in lower case. */
  readonly name: string;
  readonly words: readonly string[];
  readonly format: string;
  readonly description: string;
}

const maxName = 200;
const maxDescription = 2_000;
const maxParameters = 200;
const maxDepth = 4;

/** Reads a definition as its upstream lists it. What is not as MCP says is as if it were not there. */
export function readDefinition(
  listed: Readonly<Record<string, unknown>>,
  upstream: string,
): ReadDefinition {
  const annotations = recordOf(listed["annotations"]);
  return {
    words: wordsOf(textOf(listed["name"])),
    upstreamWords: wordsOf(upstream),
    description: [listed["title"], annotations["title"], listed["description"]]
      .map(textOf)
      .filter((text) => text !== "")
      .join(". ")
      .slice(0, maxDescription),
    parameters: parametersOf(listed["inputSchema"]),
    // Hints of a party that is not trusted: only those count that make the tool look more dangerous.
    hints: {
      openWorld: annotations["openWorldHint"] === true,
      destructive: annotations["destructiveHint"] === true,
      writes: annotations["readOnlyHint"] === false,
    },
  };
}

/** "gmail_searchMessages" as "gmail", "search", "messages". */
export function wordsOf(name: string): string[] {
  return name
    .slice(0, maxName)
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .replaceAll(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== "");
}

function parametersOf(schema: unknown, depth = 0): Parameter[] {
  const { properties, items } = recordOf(schema);
  const found: Parameter[] = [];
  if (depth < maxDepth && items !== undefined) found.push(...parametersOf(items, depth + 1));
  for (const [name, value] of Object.entries(recordOf(properties)).slice(0, maxParameters)) {
    const { format, description } = recordOf(value);
    const words = wordsOf(name);
    found.push({
      name: words.join(""),
      words,
      format: textOf(format),
      description: textOf(description).slice(0, maxDescription),
    });
    if (depth < maxDepth) found.push(...parametersOf(value, depth + 1));
  }
  return found.slice(0, maxParameters);
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord ? (value as Readonly<Record<string, unknown>>) : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
