import { isDisguised, isOneLetterApart, isSameTool } from "../../core/pins/likeness.ts";

/** A tool of another upstream, or of the same one. */
export interface KnownTool {
  readonly upstream: string;
  readonly name: string;
}

/** What speaks against a tool that is new. */
export interface Suspicions {
  /** For people who decide. */
  readonly marks: readonly string[];
  /** Whether it is to wait for them. */
  readonly isGrave: boolean;
}

/** A name in the text of another tool counts from this length on: "get" is a word. */
const leastNameLength = 6;
const maxMarks = 10;

/**
 * Whether a new tool is one that was renamed, is disguised as another one, or speaks of one of another upstream.
 * `gone`: canonical definitions of tools that the server does not list any more, by name.
 */
export function findSuspicions(
  tool: { readonly name: string; readonly upstream: string; readonly text: string },
  others: readonly KnownTool[],
  gone: ReadonlyMap<string, string>,
): Suspicions {
  const grave: string[] = [];
  const slight: string[] = [];
  for (const [name, text] of gone) {
    if (isSameTool(text, tool.text)) grave.push(`renamed: was ${name}`);
  }
  for (const other of others) {
    const place = `${other.upstream}/${other.name}`;
    if (isDisguised(tool.name, other.name)) grave.push(`disguised: looks like ${place}`);
    else if (other.upstream !== tool.upstream) slight.push(...hintsOf(tool, other, place));
  }
  return { marks: [...grave, ...slight].slice(0, maxMarks), isGrave: grave.length > 0 };
}

function hintsOf(
  tool: { readonly name: string; readonly text: string },
  { name }: KnownTool,
  place: string,
): string[] {
  if (name === tool.name || name.length < leastNameLength) return [];
  return [
    ...(isOneLetterApart(tool.name, name) ? [`one letter apart from ${place}`] : []),
    ...(speaksOf(tool.text, name) ? [`speaks of ${place}`] : []),
  ];
}

/** Names that are plain words do not count. */
function speaksOf(text: string, name: string): boolean {
  return /[_\-./]|[a-z][A-Z]/.test(name) && text.includes(name);
}
